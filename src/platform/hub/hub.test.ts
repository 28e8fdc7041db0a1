import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { QWEN3_EMBEDDING_06B } from "../../domain/bases.ts";
import { sha256Hex } from "../../domain/hashing.ts";
import { at, entry } from "../../domain/present.ts";
import { openCheckpoint, writeSafetensors } from "../../domain/safetensors/index.ts";
import { startTestHub, type TestHub } from "../../testing/hub.ts";
import { listCachedModels, memoryStore, openHubModel, removeCachedModel, type HubModelOptions } from "./index.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const REPO = "someone/embedder";
const text = (value: string) => new TextEncoder().encode(value);
const pseudoRandom = (length: number, seed = 1) =>
  Uint8Array.from({ length }, (_, i) => (Math.imul(i + seed, 2654435761) >>> 13) & 255);
const WEIGHTS = pseudoRandom(600_000);

let hub: TestHub;
beforeEach(async () => {
  hub = await startTestHub({
    repo: REPO,
    commit: COMMIT,
    files: {
      "config.json": text("{}"),
      "tokenizer.json": text('{"a":1}'),
      "tokenizer_config.json": text("{}"),
      "1_Pooling/config.json": text("{}"),
      "model.safetensors": WEIGHTS,
    },
  });
});
afterEach(() => hub.close());

const options = (change: Partial<HubModelOptions> = {}): HubModelOptions => ({
  repo: REPO,
  revision: COMMIT,
  host: hub.url,
  store: memoryStore(),
  retry: { tries: 3, firstDelayMs: 1 },
  ...change,
});
const weightRequests = () => hub.log.filter((line) => line.startsWith("GET /store/model.safetensors"));

describe("a model of the hub", () => {
  test("is downloaded once, byte for byte, with progress, and then opens without the network", async () => {
    const store = memoryStore();
    const seen: [number, number][] = [];
    const model = await openHubModel(options({ store, onProgress: (done, total) => seen.push([done, total]) }));
    expect(sha256Hex(await model.read("model.safetensors"))).toBe(sha256Hex(WEIGHTS));
    expect(await model.read("model.safetensors", 10, 20)).toEqual(WEIGHTS.slice(10, 20));
    expect(await model.sha256("model.safetensors")).toBe(sha256Hex(WEIGHTS));
    expect(model).toMatchObject({ id: REPO, revision: COMMIT, weights: { sha256: sha256Hex(WEIGHTS), pinned: false } });
    expect(await model.size("1_Pooling/config.json")).toBe(2);
    expect(await model.size("vocab.json")).toBeNull();
    await expect(model.read("vocab.json")).rejects.toMatchObject({ code: "model-file-missing" });
    expect(at(seen, -1)[0]).toBe(at(seen, -1)[1]);
    expect(seen.map(([done]) => done)).toEqual(seen.map(([done]) => done).toSorted((a, b) => a - b));
    await hub.close();
    const again = await openHubModel(options({ store }));
    expect(await again.read("model.safetensors", 0, 4)).toEqual(WEIGHTS.slice(0, 4));
  });

  test("survives cut connections: each try goes on where the last one ended", async () => {
    hub.cuts.set("model.safetensors", [200_000, 300_000]);
    const model = await openHubModel(options());
    expect(await model.sha256("model.safetensors")).toBe(sha256Hex(WEIGHTS));
    const starts = weightRequests().map((line) => Number(/bytes=(\d+)-/.exec(line)?.[1] ?? 0));
    expect(starts).toHaveLength(3);
    expect(starts[1]).toBeGreaterThan(0);
    expect(starts[2]).toBeGreaterThan(at(starts, 1));
  });

  test("goes on in a later visit, hashing what is stored", async () => {
    const store = memoryStore();
    hub.cuts.set("model.safetensors", [400_000, 0, 0, 0, 0]);
    await expect(openHubModel(options({ store }))).rejects.toMatchObject({ code: "hub-unreachable" });
    const stored = entry(store.files, `someone--embedder/${COMMIT}/model.safetensors`).length;
    expect(stored).toBeGreaterThan(0);
    expect(await listCachedModels(store)).toMatchObject([{ repo: REPO, revision: COMMIT, complete: false }]);
    hub.cuts.clear();
    hub.log.length = 0;
    const model = await openHubModel(options({ store }));
    expect(await model.sha256("model.safetensors")).toBe(sha256Hex(WEIGHTS));
    expect(weightRequests()).toEqual([`GET /store/model.safetensors bytes=${stored}-`]);
  });

  test("starts over on a server without ranges", async () => {
    hub.cuts.set("model.safetensors", [200_000]);
    hub.ranges = false;
    expect(await (await openHubModel(options())).sha256("model.safetensors")).toBe(sha256Hex(WEIGHTS));
  });

  test("waits out busy servers, and gives up with advice", async () => {
    hub.statuses.push(503, 429);
    await openHubModel(options());
    hub.statuses.push(500, 500, 500);
    await expect(openHubModel(options())).rejects.toMatchObject({ code: "hub-unreachable" });
    await expect(openHubModel(options({ host: "http://127.0.0.1:9" }))).rejects.toMatchObject({
      code: "hub-unreachable",
    });
  });

  test("stops at once when asked to, and keeps what came", async () => {
    const store = memoryStore();
    const stop = new AbortController();
    const running = openHubModel(
      options({ store, signal: stop.signal, onProgress: (done) => done > 100_000 && stop.abort() }),
    );
    await expect(running).rejects.toMatchObject({ name: "AbortError" });
    expect(at(await listCachedModels(store), 0).bytes).toBeGreaterThan(100_000);
  });
});

describe("content that changes", () => {
  const changed = pseudoRandom(600_000, 7);

  test("half of the old and half of the new never mix", async () => {
    const store = memoryStore();
    hub.cuts.set("model.safetensors", [400_000, 0, 0]);
    await expect(openHubModel(options({ store }))).rejects.toMatchObject({ code: "hub-unreachable" });
    hub.cuts.clear();
    hub.files["model.safetensors"] = changed;
    expect(await (await openHubModel(options({ store }))).sha256("model.safetensors")).toBe(sha256Hex(changed));
  });

  test("is noticed in the middle of a download by its entity tag", async () => {
    hub.cuts.set("model.safetensors", [200_000]);
    const model = await openHubModel(options({ onProgress: () => void (hub.files["model.safetensors"] = changed) }));
    expect(await model.sha256("model.safetensors")).toBe(sha256Hex(changed));
  });

  test("is refused when it never stands still", async () => {
    let seed = 10;
    const fetcher: typeof fetch = async (input, init) => {
      if (init?.method === "GET" && String(input).endsWith("model.safetensors"))
        hub.files["model.safetensors"] = pseudoRandom(1000, seed++);
      return fetch(input, init);
    };
    await expect(openHubModel(options({ fetcher }))).rejects.toMatchObject({ code: "hub-changed" });
  });

  test("with a wrong hash is removed and refused", async () => {
    const store = memoryStore();
    await expect(openHubModel(options({ store, expectedSha256: sha256Hex("other") }))).rejects.toMatchObject({
      code: "hub-hash-mismatch",
    });
    expect([...store.files.keys()].some((path) => path.endsWith("model.safetensors"))).toBe(false);
  });

  test("damaged on the way does not have the hub's hash", async () => {
    const right = hub.files["model.safetensors"] as Uint8Array;
    hub.files["model.safetensors"] = {
      bytes: right.length,
      sha256: sha256Hex(right),
      read: async (start, end) => right.slice(start, end).map((byte) => byte ^ 1),
    };
    await expect(openHubModel(options())).rejects.toMatchObject({ code: "hub-hash-mismatch" });
  });
});

test("other weights are an error at the pinned revision, and shown at another", async () => {
  const pinned = await startTestHub({
    repo: QWEN3_EMBEDDING_06B.id,
    commit: QWEN3_EMBEDDING_06B.revision,
    files: hub.files,
  });
  const other = await startTestHub({ repo: QWEN3_EMBEDDING_06B.id, commit: COMMIT, files: hub.files });
  try {
    await expect(
      openHubModel(options({ repo: QWEN3_EMBEDDING_06B.id, revision: QWEN3_EMBEDDING_06B.revision, host: pinned.url })),
    ).rejects.toMatchObject({ code: "hub-hash-mismatch" });
    const model = await openHubModel(options({ repo: QWEN3_EMBEDDING_06B.id, revision: COMMIT, host: other.url }));
    expect(model.weights).toEqual({ sha256: sha256Hex(WEIGHTS), pinned: false });
  } finally {
    await Promise.all([pinned.close(), other.close()]);
  }
});

test("a branch is opened at its commit", async () => {
  expect((await openHubModel(options({ revision: "main" }))).revision).toBe(COMMIT);
});

test("names what does not exist", async () => {
  await expect(openHubModel(options({ repo: "no/body" }))).rejects.toMatchObject({
    code: "hub-not-found",
    message: expect.stringContaining("no/body"),
  });
  await expect(openHubModel(options({ repo: "../etc" }))).rejects.toMatchObject({ code: "hub-not-found" });
  await expect(openHubModel(options({ revision: "f".repeat(40) }))).rejects.toMatchObject({
    code: "hub-not-found",
    message: expect.stringContaining("revision"),
  });
  delete hub.files["tokenizer.json"];
  await expect(openHubModel(options())).rejects.toMatchObject({
    code: "hub-incomplete",
    message: expect.stringContaining("tokenizer.json"),
  });
});

test("reads a checkpoint in shards", async () => {
  const tensor = (name: string) => ({ name, dtype: "F32" as const, shape: [2], data: Float32Array.of(1, 2) });
  delete hub.files["model.safetensors"];
  hub.files["model-00001-of-00002.safetensors"] = writeSafetensors([tensor("model.a")]);
  hub.files["model-00002-of-00002.safetensors"] = writeSafetensors([tensor("model.b")]);
  hub.files["model.safetensors.index.json"] = text(
    JSON.stringify({
      weight_map: { "model.a": "model-00001-of-00002.safetensors", "model.b": "model-00002-of-00002.safetensors" },
    }),
  );
  const model = await openHubModel(options());
  expect(model.weights).toEqual({ sha256: null, pinned: false });
  expect(await (await openCheckpoint(model)).float32("b")).toEqual(Float32Array.of(1, 2));
});

test("explains a full disk before and during the download; models are listed and removed", async () => {
  await expect(openHubModel(options({ store: memoryStore(200_000) }))).rejects.toMatchObject({
    code: "quota-exceeded",
    message: expect.stringMatching(/1 MB .* 1 MB are free/),
  });
  const silent = memoryStore(200_000);
  await expect(openHubModel(options({ store: { ...silent, free: async () => null } }))).rejects.toMatchObject({
    code: "quota-exceeded",
  });
  const store = memoryStore();
  await openHubModel(options({ store }));
  expect(await listCachedModels(store)).toMatchObject([
    { repo: REPO, revision: COMMIT, complete: true, sha256: sha256Hex(WEIGHTS) },
  ]);
  expect(at(await listCachedModels(store), 0).bytes).toBeGreaterThan(600_000);
  await removeCachedModel(store, REPO, COMMIT);
  expect(store.files.size).toBe(0);
});
