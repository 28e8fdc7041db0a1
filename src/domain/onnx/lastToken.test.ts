import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { diskModel, fixture, fixtureJson } from "../../testing/modelFiles.ts";
import { readAdapter } from "../artifact/index.ts";
import type { Adapter } from "../artifact/index.ts";
import type { ModelConfig } from "../modelConfig.ts";
import { at } from "../present.ts";
import { lastTokenGraph, lastTokenVectors, leftPadded, writeBaseOnnx, writeTunedOnnx, type OnnxType } from "./index.ts";

/** One folder for each type of weights: base.onnx and model.onnx (tuned), with their data files. */
const folders = new Map<OnnxType, string>();
let config: ModelConfig;
let adapter: Adapter;
let batch: Int32Array[];

beforeAll(async () => {
  for (const type of ["f32", "q8"] as const) {
    const folder = await mkdtemp(join(tmpdir(), "last-token-"));
    folders.set(type, folder);
    const sink = (path: string, bytes: Uint8Array) => appendFile(join(folder, path), bytes);
    const names = { graph: "base.onnx", data: "model.onnx_data" };
    ({ config } = await writeBaseOnnx(diskModel(fixture("nano")), sink, names, type));
    adapter = await readAdapter(diskModel(fixture("adapters/peft_adapter")), config);
    await writeTunedOnnx(config, adapter, sink, undefined, type);
  }
  const { batches } = await fixtureJson<{ batches: { ladder: number[][] } }>("forward/forward.json");
  batch = batches.ladder.map((ids) => Int32Array.from(ids));
});
afterAll(async () => {
  for (const folder of folders.values()) await rm(folder, { recursive: true });
});

const run = async (session: InferenceSession, sequences: Int32Array[]) => {
  const { ids, mask, dims } = leftPadded(sequences, 511);
  const input = { input_ids: new Tensor("int64", ids, dims), attention_mask: new Tensor("int64", mask, dims) };
  const state = at(Object.values(await session.run(input)), 0);
  const vectors = lastTokenVectors({ data: state.data as Float32Array, dims: state.dims }, config.hidden);
  return { dims: state.dims, vectors };
};

test.each([
  ["base", "f32"],
  ["base", "q8"],
  ["tuned", "f32"],
  ["tuned", "q8"],
] as const)("of the %s in %s gives the last position alone, with the whole graph's vectors", async (which, type) => {
  const folder = folders.get(type)!;
  const whole = await InferenceSession.create(join(folder, which === "base" ? "base.onnx" : "model.onnx"));
  const last = await InferenceSession.create(lastTokenGraph(config, which === "base" ? null : adapter, type), {
    extra: { session: { model_external_initializers_file_folder_path: folder } },
  });
  for (const sequences of [batch, ...batch.map((one) => [one])]) {
    const [all, own] = [await run(whole, sequences), await run(last, sequences)];
    expect(own.dims).toEqual([sequences.length, 1, config.hidden]);
    expect(all.dims[1]).toBe(Math.max(...sequences.map(({ length }) => length)));
    const apart = own.vectors.flatMap((row, i) => [...row].map((x, j) => Math.abs(x - at(at(all.vectors, i), j))));
    // In 8 bits the activations of a run share their scales, which are those of other rows here.
    expect(Math.max(...apart)).toBeLessThan(type === "f32" ? 2e-6 : 5e-3);
  }
});
