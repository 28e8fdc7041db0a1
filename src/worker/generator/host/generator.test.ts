import { afterEach, expect, it } from "vitest";
import { PAGE_MODEL } from "../../../domain/questions/pageModel.ts";
import { memoryStore } from "../../../platform/hub/index.ts";
import { startTestHub, type TestHub } from "../../../testing/hub.ts";
import type { Generate } from "../protocol.ts";
import { asLibraryCache } from "./files.ts";
import { createGenerator, type GeneratorPorts } from "./generator.ts";

const { repo, revision } = PAGE_MODEL;
const ignore = () => undefined;
const never = new AbortController().signal;
const text = (value: string) => new TextEncoder().encode(value);

let hub: TestHub | null = null;
afterEach(async () => {
  await hub?.close();
  hub = null;
});
/** A hub that has all of the repository, far more than is wanted. */
const openHub = async () =>
  (hub = await startTestHub({
    repo,
    commit: revision,
    files: Object.fromEntries(
      [
        ...PAGE_MODEL.small,
        "merges.txt",
        "vocab.json",
        "model.safetensors",
        "onnx/model.onnx",
        "onnx/model_q4.onnx",
        "onnx/model_q4f16.onnx",
      ].map((path) => [path, text(`{"from":"${path}"}`)]),
    ),
  }));

const answering: Generate = async () => ({ text: "[]", inputTokens: 1, outputTokens: 1 });
const opened = (features: string[] | null, more: Partial<GeneratorPorts> = {}) => {
  const store = memoryStore();
  const loads: Parameters<GeneratorPorts["open"]>[] = [];
  const service = createGenerator({
    store,
    requestAdapter: async () =>
      features && {
        features: new Set(features),
        info: { architecture: features.includes("imitated") ? "swiftshader" : "turing" },
      },
    open: async (...given) => {
      loads.push(given);
      return answering;
    },
    retry: { tries: 2, firstDelayMs: 1 },
    ...more,
  });
  return { service, store, loads };
};

it.each([
  { features: ["shader-f16"], device: "webgpu", precision: "q4f16", slow: false },
  { features: [], device: "webgpu", precision: "q4", slow: false },
  { features: null, device: "wasm", precision: "q4", slow: true },
  { features: ["imitated", "shader-f16"], device: "wasm", precision: "q4", slow: true },
] as const)("with $features asks the hub for the pinned commit's named files and no others", async (given) => {
  const { url, log } = await openHub();
  const { service, loads } = opened(given.features && [...given.features]);
  const told: [number, number][] = [];
  expect(await service.load(url, (...progress) => told.push(progress), never)).toEqual({ slow: given.slow });
  expect(loads[0]?.[1]).toEqual({ device: given.device, precision: given.precision });
  const weights = PAGE_MODEL.weights[given.precision].path;
  const asked = new Set(log.map((line) => line.split(" ")[1] ?? "").filter((path) => !path.startsWith("/store/")));
  expect([...asked].sort()).toEqual(
    [...PAGE_MODEL.small, weights].map((path) => `/${repo}/resolve/${revision}/${path}`).sort(),
  );
  expect(told.at(-1)?.[0]).toBe(told.at(-1)?.[1]);
  // Once stored, the hub is not needed.
  await hub?.close();
  await service.load(url, ignore, never);
});

it("gives the library what is stored at that commit, and nothing else", async () => {
  const { url } = await openHub();
  const { service, loads } = opened(["shader-f16"]);
  await service.load(url, ignore, never);
  const cache = asLibraryCache(loads[0]![0]);
  const at = (commit: string, path: string) => cache.match(`https://huggingface.co/${repo}/resolve/${commit}/${path}`);
  expect(await (await at(revision, "config.json"))?.json()).toEqual({ from: "config.json" });
  expect(await (await at(revision, "onnx/model_q4f16.onnx"))?.text()).toContain("q4f16");
  expect(await at(revision, "vocab.json")).toBeUndefined();
  expect(await at("main", "config.json")).toBeUndefined();
});

it("says what is wrong: no hub, a stop while it loads, a runtime that fails, a passage before a model", async () => {
  const { url } = await openHub();
  const stop = new AbortController();
  stop.abort();
  await expect(opened([]).service.load(url, ignore, stop.signal)).rejects.toMatchObject({ name: "AbortError" });
  await expect(opened([]).service.load("http://127.0.0.1:9", ignore, never)).rejects.toMatchObject({
    code: "hub-unreachable",
  });
  const failing = opened([], { open: () => Promise.reject(new Error("no available backend found")) });
  await expect(failing.service.load(url, ignore, never)).rejects.toMatchObject({ code: "page-runtime-failed" });
  await expect(failing.service.generate([], 8, never)).rejects.toMatchObject({ code: "page-runtime-failed" });
});
