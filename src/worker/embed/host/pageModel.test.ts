import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { PROBE_TEXTS } from "../../../domain/artifact/probes.ts";
import { at } from "../../../domain/present.ts";
import { memoryStore } from "../../../platform/hub/index.ts";
import { startTestHub, type HubFile, type TestHub } from "../../../testing/hub.ts";
import type { PageLoadEvent, PageLoadRequest, PageModel } from "../protocol.ts";
import { PageModelService, type PageModelPorts } from "./pageModel.ts";

const TINY = new URL("../../../../models/base/qwen3-embedding-tiny/", import.meta.url);
const SMALL = ["config.json", "tokenizer.json", "tokenizer_config.json", "config_sentence_transformers.json"];
const small = Object.fromEntries(SMALL.map((path) => [path, new Uint8Array(readFileSync(new URL(path, TINY)))]));
const WEIGHTS = Uint8Array.from({ length: 300_000 }, (_, i) => (Math.imul(i + 1, 2654435761) >>> 13) & 255);
const GRAPH = new Uint8Array([8, 11]);
const REPO = "recall-studio/tiny";
const DIMENSION = 4;

/** Stands for the runtime: a unit vector that depends on every token. The true one runs in the journeys. */
const vectorOf = (ids: Int32Array): Float32Array => {
  const sums = Array.from({ length: DIMENSION }, (_, i) => ids.reduce((sum, id, at) => sum + Math.sin(id + i * at), 0));
  const norm = Math.hypot(...sums);
  return Float32Array.from(sums, (value) => value / norm);
};
const opened: Parameters<PageModelPorts["open"]>[] = [];
const open: PageModelPorts["open"] = async (...request) => {
  opened.push(request);
  return { threads: 2, run: async (ids) => vectorOf(ids) };
};

let hub: TestHub;
beforeEach(async () => {
  opened.length = 0;
  hub = await startTestHub({
    repo: REPO,
    commit: "main",
    files: {
      ...small,
      "onnx/model.onnx": GRAPH,
      "onnx/model.onnx_data": WEIGHTS,
      "model.safetensors": WEIGHTS.slice(1),
    },
  });
});
afterEach(() => hub.close());

const model: PageModel = { fingerprint: "f", repo: REPO, revision: "main", dimension: DIMENSION, maxTokens: 300 };
const setUp = (store = memoryStore()) => {
  const service = new PageModelService({ store, host: hub.url, open });
  const events: PageLoadEvent[] = [];
  const cancel = new AbortController();
  const load = (change: Partial<PageLoadRequest> = {}) => {
    const request: PageLoadRequest = { model, provider: "wasm", probes: null, headers: {}, ...change };
    return service.load(request, (event) => events.push(event), cancel.signal);
  };
  return { store, service, events, load, cancel };
};
/** What a server that runs the same model says of the probe texts, learnt from a first, refused load. */
const probesOf = async (): Promise<Float32Array> => {
  const seen: Float32Array[] = [];
  const service = new PageModelService({
    store: memoryStore(),
    host: hub.url,
    open: async () => ({ threads: 1, run: async (ids) => (seen.push(vectorOf(ids)), at(seen, -1)) }),
  });
  const probes = new Float32Array(PROBE_TEXTS.length * DIMENSION);
  const { signal } = new AbortController();
  await service.load({ model, provider: "wasm", probes, headers: {} }, () => {}, signal).catch(() => {});
  return Float32Array.from(seen.flatMap((vector) => [...vector]));
};
const missing = (parts: { bytes: number; stored: number }[]) =>
  parts.reduce((sum, { bytes, stored }) => sum + bytes - stored, 0);

test("a model is sized, downloaded once, checked, and embeds; a second model takes only what is its own", async () => {
  const probes = await probesOf();
  hub.log.length = 0;
  const { store, service, events, load } = setUp();
  const all = [...Object.values(small), GRAPH, WEIGHTS].reduce((sum, { length }) => sum + length, 0);
  expect(missing(await service.inspect(model, {}))).toBe(all);
  expect(hub.log).toHaveLength(1); // Sizes cost one request and no file.
  expect(await load({ probes })).toEqual({ cosine: expect.closeTo(1, 6) as number, threads: 2 });
  expect(events[0]).toEqual({ phase: "download", done: 0, total: all });
  expect(events.filter(({ phase }) => phase === "download").at(-1)).toEqual({
    phase: "download",
    done: all,
    total: all,
  });
  expect(events.slice(-2)).toEqual([{ phase: "open" }, { phase: "check" }]);
  const [provider, files, { dimension }] = at(opened, 0);
  expect([provider, files.graph, files.data, dimension]).toEqual([
    "wasm",
    GRAPH,
    [{ path: "model.onnx_data", data: WEIGHTS }],
    DIMENSION,
  ]);
  const [one, other] = await Promise.all([service.embed("sort an array"), service.embed("boil water")]);
  expect(one).not.toEqual(other);
  await expect(service.embed("word ".repeat(400))).rejects.toMatchObject({ code: "text-too-long" });

  hub.files["onnx/model.onnx"] = new Uint8Array([8, 12]);
  hub.files["onnx/model.onnx_data_1"] = new Uint8Array(100);
  hub.log.length = 0;
  const second = setUp(store);
  expect(missing(await second.service.inspect(model, {}))).toBe(102);
  await second.load({ probes });
  expect(hub.log.filter((line) => line.includes("/resolve/"))).toEqual([
    `GET /${REPO}/resolve/main/onnx/model.onnx`,
    `GET /${REPO}/resolve/main/onnx/model.onnx_data_1`,
  ]);
  await second.service.forget();
  expect(store.files.size).toBe(0);
});

test("a tuned model's files hold the base's config under another name, which is read too", async () => {
  const probes = await probesOf();
  hub.files["base_config.json"] = hub.files["config.json"]!;
  delete hub.files["config.json"];
  expect(await setUp().load({ probes })).toMatchObject({ threads: 2 });
  expect(hub.log.filter((line) => line.includes("config.json"))).toContain(
    `GET /${REPO}/resolve/main/base_config.json`,
  );
});

test.each<[string, string, () => void, Partial<PageLoadRequest>]>([
  ["has no ONNX form", "onnx-missing", () => delete hub.files["onnx/model.onnx_data"], {}],
  [
    "is too large for a page",
    "page-too-large",
    () =>
      (hub.files["onnx/model.onnx_data"] = { bytes: 4e9, sha256: "a".repeat(64), read: () => expect.unreachable() }),
    {},
  ],
  [
    "arrives other than it is listed",
    "hub-hash-mismatch",
    () => {
      const file: HubFile = { bytes: 3, sha256: "a".repeat(64), read: async (from, to) => WEIGHTS.slice(from, to) };
      hub.files["onnx/model.onnx_data"] = file;
    },
    {},
  ],
  ["gives other vectors", "page-vectors-differ", () => {}, { probes: new Float32Array(32).fill(0.5) }],
  ["gives vectors of another size", "page-vectors-differ", () => {}, { probes: new Float32Array(40).fill(0.5) }],
  ["is behind a token", "unauthorized", () => hub.statuses.push(401), {}],
  ["is gone", "hub-not-found", () => hub.statuses.push(404), {}],
  ["is on a server that is down", "server-unreachable", () => hub.statuses.push(502, 502, 502), {}],
])("a model that %s is refused with %s", async (_, code, spoil, change) => {
  spoil();
  await expect(setUp().load(change)).rejects.toMatchObject({
    code,
    message: expect.any(String) as string,
    hint: expect.stringMatching(/\w/) as string,
  });
  if (code !== "page-vectors-differ") expect(opened).toEqual([]);
});

test("a cancelled download keeps what it has, and goes on from there", async () => {
  const probes = await probesOf();
  const slow: HubFile = {
    bytes: WEIGHTS.length,
    sha256: (await setUp().service.inspect(model, {})).find(({ bytes }) => bytes === WEIGHTS.length)!.sha256,
    read: async (from, to) => (from < 100_000 ? WEIGHTS.slice(from, to) : new Promise<Uint8Array>(() => {})),
  };
  hub.files["onnx/model.onnx_data"] = slow;
  hub.cuts.set("onnx/model.onnx_data", [100_000]); // Then the next range hangs.
  const { store, cancel, load } = setUp();
  const failure = expect(load({ probes })).rejects.toMatchObject({ name: "AbortError" });
  await expect
    .poll(() =>
      missing([
        {
          bytes: WEIGHTS.length,
          stored: [...store.files].find(([path]) => path === `${slow.sha256}/data`)?.[1].length ?? 0,
        },
      ]),
    )
    .toBe(200_000);
  cancel.abort();
  await failure;
  hub.files["onnx/model.onnx_data"] = WEIGHTS;
  hub.log.length = 0;
  await setUp(store).load({ probes });
  expect(hub.log.filter((line) => line.includes("onnx_data"))).toEqual([
    `GET /${REPO}/resolve/main/onnx/model.onnx_data bytes=100000-`,
  ]);
});
