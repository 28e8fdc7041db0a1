import { beforeAll, expect, test } from "vitest";
import { fixtureBytes, fixtureJson } from "../../testing/fixtures/load.ts";
import { parseAdapter } from "../artifact/index.ts";
import type { ModelFiles } from "../modelFiles.ts";
import { at, present } from "../present.ts";
import { ADAPTER_DATA, BASE_DATA, writeBaseOnnx, writeTunedOnnx } from "./index.ts";

type Runtime = typeof import("onnxruntime-web");
/** By address, so that the test server hands the files out as they are. */
const DIST = "/node_modules/onnxruntime-web/dist/";
const PAD = 511;

let ort: Runtime;
const written = new Map<string, Uint8Array[]>();
const bytesOf = async (path: string) => new Uint8Array(await new Blob(written.get(path) as BlobPart[]).arrayBuffer());

const memoryModel = (contents: Record<string, Uint8Array>): ModelFiles => ({
  id: "nano",
  revision: "local",
  size: async (path) => contents[path]?.length ?? null,
  sha256: async () => null,
  read: async (path, start, end) => present(contents[path], path).slice(start, end),
});

beforeAll(async () => {
  ort = (await import(/* @vite-ignore */ `${DIST}ort.webgpu.bundle.min.mjs`)) as Runtime;
  ort.env.wasm.wasmPaths = DIST;
  ort.env.wasm.numThreads = 1;
  const sink = async (path: string, bytes: Uint8Array) => void written.set(path, [...(written.get(path) ?? []), bytes]);
  const nano = memoryModel({
    "config.json": await fixtureBytes("nano/config.json"),
    "model.safetensors": await fixtureBytes("nano/model.safetensors"),
  });
  const { config } = await writeBaseOnnx(nano, sink, { graph: "base.onnx", data: BASE_DATA });
  const adapter = parseAdapter(
    await fixtureJson("adapters/peft_adapter/adapter_config.json"),
    await fixtureBytes("adapters/peft_adapter/adapter_model.safetensors"),
    config,
  );
  await writeTunedOnnx(config, adapter, sink, { graph: "tuned.onnx", baseData: BASE_DATA, adapterData: ADAPTER_DATA });
});

/** L2-normalized last hidden states of a batch padded on the left. */
const embed = async (graph: string, provider: string, texts: number[][]): Promise<number[][]> => {
  const files = graph === "base.onnx" ? [BASE_DATA] : [BASE_DATA, ADAPTER_DATA];
  const session = await ort.InferenceSession.create(await bytesOf(graph), {
    executionProviders: [provider],
    externalData: await Promise.all(files.map(async (path) => ({ path, data: await bytesOf(path) }))),
  });
  const length = Math.max(...texts.map((text) => text.length));
  const tensor = (filler: number, row: (text: number[]) => number[]) =>
    new ort.Tensor(
      "int64",
      BigInt64Array.from(
        texts.flatMap((text) => [...Array<number>(length - text.length).fill(filler), ...row(text)]),
        BigInt,
      ),
      [texts.length, length],
    );
  const { last_hidden_state: state } = await session.run({
    input_ids: tensor(PAD, (text) => text),
    attention_mask: tensor(0, (text) => text.map(() => 1)),
  });
  const data = (await state!.getData()) as Float32Array;
  const dim = at(state!.dims, 2);
  await session.release();
  return texts.map((_, i) => {
    const vector = [...data.subarray((i * length + length - 1) * dim, (i + 1) * length * dim)];
    const norm = Math.hypot(...vector);
    return vector.map((value) => value / norm);
  });
};

const worst = (a: number[][], b: number[][]) =>
  Math.max(...a.flatMap((row, i) => row.map((value, j) => Math.abs(value - at(at(b, i), j)))));

test.each(["wasm", "webgpu"])("the tuned graph equals PyTorch on onnxruntime-web's %s", async (provider) => {
  const expected = await fixtureJson<{ token_ids: number[][]; embeddings: { adapter_f64: number[][] } }>(
    "adapters/expected.json",
  );
  expect(worst(await embed("tuned.onnx", provider, expected.token_ids), expected.embeddings.adapter_f64)).toBeLessThan(
    1e-5,
  );
});

test("the base equals PyTorch on WASM, 40 lengths in one batch", async () => {
  const forward = await fixtureJson<{
    batches: Record<string, number[][]>;
    embeddings_f64: Record<string, number[][]>;
  }>("forward/forward.json");
  expect(
    worst(await embed("base.onnx", "wasm", forward.batches.every_length!), forward.embeddings_f64.every_length!),
  ).toBeLessThan(1e-5);
});
