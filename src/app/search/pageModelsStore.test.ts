import { expect, test } from "vitest";
import type { SearchedModel, SearchModel } from "../../domain/api/index.ts";
import { StudioError } from "../../domain/errors.ts";
import type { EmbedWorker, PageLoadRequest } from "./ports.ts";
import type { EngineService } from "../runs/ports.ts";
import { createEngineStore } from "../device/store.ts";
import { downloadBytes, storedBytes } from "./pageModelBytes.ts";
import { createPageModelsStore } from "./pageModelsStore.ts";

const base = { sha256: "base", bytes: 1000 };
const answer = (model: SearchedModel, fingerprint: string, version: string | null): SearchModel => ({
  embedder: { model, base: "tiny", version, fingerprint, dimension: 2, fallback: null },
  maxTokens: 10,
  hub: { repo: "recall-studio/tiny", revision: version ?? "main" },
});

/** A server with a baseline `b` and a production `t`, and workers that load what they are told to. */
const setUp = (options: { slow?: boolean; load?: (request: PageLoadRequest) => Promise<void> } = {}) => {
  const sides: Record<string, () => SearchModel> = {
    baseline: () => answer("baseline", "b", null),
    production: () => answer("production", "t", "v1-0a1b2c3d"),
  };
  const stored = new Set<string>();
  const loads: PageLoadRequest[] = [];
  const embedded: string[] = [];
  const open = new Set<object>();
  let clock = 0;
  const createWorker = (): EmbedWorker => {
    const partsOf = (fingerprint: string) =>
      [base, { sha256: `own-${fingerprint}`, bytes: 10 }].map((part) => ({
        ...part,
        stored: stored.has(part.sha256) ? part.bytes : 0,
      }));
    const worker: EmbedWorker = {
      inspect: async ({ fingerprint }) => partsOf(fingerprint),
      load: async (request, onEvent, signal) => {
        loads.push(request);
        const cancelled = new Promise<never>((_, reject) =>
          signal.addEventListener("abort", () => reject(signal.reason as Error)),
        );
        clock += 2000;
        onEvent({ phase: "download", done: 0, total: 1010 });
        clock += 2000;
        onEvent({ phase: "download", done: 500, total: 1010 });
        await Promise.race([options.load?.(request), cancelled]);
        for (const { sha256 } of partsOf(request.model.fingerprint)) stored.add(sha256);
        return { cosine: 1, threads: 2 };
      },
      embed: async (text) => (embedded.push(text), new Float32Array([1, 0])),
      forget: async () => stored.clear(),
      close: () => void open.delete(worker),
    };
    open.add(worker);
    return worker;
  };
  const probe = async () =>
    ({ backend: "webgpu", slow: options.slow ?? false }) as Awaited<ReturnType<EngineService["probe"]>>;
  let unauthorized = 0;
  const store = createPageModelsStore(
    {
      client: {
        searchModel: async (side) => {
          const found = sides[side];
          if (!found) throw new StudioError("version-unknown", "There is no such version.", "Choose another.");
          return found();
        },
        probeVectors: async () => new Float32Array([1, 0]),
      },
      createWorker,
      headers: () => ({}),
      now: () => clock,
      onUnauthorized: () => (unauthorized += 1),
    },
    createEngineStore({ probe, loadBase: async () => expect.unreachable() }),
  );
  store.getState().choose("page");
  const status = () =>
    Object.fromEntries(Object.entries(store.getState().models).map(([id, { status }]) => [id, status]));
  return { store, sides, loads, embedded, open, status, stored, unauthorized: () => unauthorized };
};

test("both sides are sized together, loaded on the GPU there is, and asked; next time at once", async () => {
  const { store, loads, embedded, status, stored, open } = setUp();
  const { prepare, load, embed, choose } = store.getState();
  await prepare(["baseline", "production"]);
  expect(status()).toEqual({ b: "waiting", t: "waiting" });
  // The base's weights, which both need, count once.
  expect(downloadBytes(Object.values(store.getState().models))).toBe(1020);
  await expect(embed("sort", "baseline")).rejects.toMatchObject({ code: "page-model-absent" });
  const speeds: unknown[] = [];
  const stop = store.subscribe(({ models }) => speeds.push(models.b?.speed));
  await load();
  stop();
  expect(speeds).toContainEqual({ bytesPerSecond: 250, secondsLeft: 2.04 });
  expect(status()).toEqual({ b: "ready", t: "ready" });
  // Only a model without stored vectors is held against the server's.
  expect(loads.map(({ provider, probes }) => [provider, probes?.length])).toEqual([
    ["webgpu", 2],
    ["webgpu", undefined],
  ]);
  expect(await embed("sort", "production")).toMatchObject({ fingerprint: "t" });
  await embed("sort", "production");
  expect(embedded).toEqual(["sort"]);

  choose("server");
  expect([status(), open.size]).toEqual([{}, 0]);
  choose("page");
  await prepare(["baseline", "production"]);
  expect(status()).toEqual({ b: "ready", t: "ready" });
  expect(storedBytes(Object.values(store.getState().models))).toBe(1020);
  await store.getState().forget();
  expect([status(), stored.size]).toEqual([{ b: "waiting", t: "waiting" }, 0]);
});

test("one model for both sides is loaded once; one that answers no more gives its memory back", async () => {
  const { store, sides, loads, open, status } = setUp();
  sides.production = () => answer("production", "b", null);
  await store.getState().prepare(["baseline", "production"]);
  await store.getState().load();
  expect(loads).toHaveLength(1);
  sides.baseline = sides.production = () => answer("production", "t", "v1-0a1b2c3d");
  await store.getState().prepare(["baseline", "production"]);
  expect([status(), open.size]).toEqual([{ t: "waiting" }, 1]);
});

test("a GPU that gives other vectors gives way to the processor, and that is said", async () => {
  const { store, loads } = setUp({
    load: async ({ provider }) => {
      if (provider === "webgpu") throw new StudioError("page-vectors-differ", "Other vectors.", "Use the server.");
    },
  });
  await store.getState().prepare(["production"]);
  await store.getState().load();
  expect(store.getState().models.t).toMatchObject({
    status: "ready",
    loaded: { provider: "wasm" },
    instead: { code: "page-vectors-differ" },
  });
  expect(loads.map(({ provider }) => provider)).toEqual(["webgpu", "wasm"]);
});

test("without a real GPU the processor is used; what fails there is not used, and the other side still is", async () => {
  let broken = true;
  const { store, loads, status, unauthorized } = setUp({
    slow: true,
    load: async ({ model }) => {
      if (broken && model.fingerprint === "t") throw new StudioError("unauthorized", "It needs the token.", "Send it.");
    },
  });
  await store.getState().prepare(["baseline", "production", "v9-0a1b2c3d"]);
  await store.getState().load();
  expect(loads.map(({ provider }) => provider)).toEqual(["wasm", "wasm"]);
  expect(status()).toEqual({ b: "ready", t: "failed" });
  expect(unauthorized()).toBe(1);
  const { embed } = store.getState();
  await expect(embed("sort", "production")).rejects.toMatchObject({ code: "unauthorized" });
  await expect(embed("sort", "v9-0a1b2c3d")).rejects.toMatchObject({ code: "version-unknown" });
  expect(await embed("sort", "baseline")).toMatchObject({ fingerprint: "b" });
  broken = false;
  await store.getState().load();
  expect(status()).toEqual({ b: "ready", t: "ready" });
});

test("a cancelled load leaves its model waiting, and starts no other", async () => {
  const { store, loads, status } = setUp({ load: () => new Promise(() => {}) });
  await store.getState().prepare(["baseline", "production"]);
  const loading = store.getState().load();
  await expect.poll(() => loads.length).toBe(1);
  store.getState().cancel();
  await loading;
  expect(status()).toEqual({ b: "waiting", t: "waiting" });
  expect(loads).toHaveLength(1);
});
