import type { Adapter } from "../artifact/adapter.ts";
import { StudioError } from "../errors.ts";
import { modelTensors, readModelConfig, type ModelConfig } from "../modelConfig.ts";
import type { ModelFiles } from "../modelFiles.ts";
import { at } from "../present.ts";
import { openCheckpoint, toFloat32, type Checkpoint } from "../safetensors/index.ts";
import {
  adapterLayout,
  baseLayout,
  ONNX_LAYOUT,
  projectionWeights,
  type DataEntry,
  type DataLayout,
} from "./dataLayout.ts";
import { encodeModel } from "./proto.ts";
import { qwen3Graph } from "./qwen3Graph.ts";
import { ropeTables } from "./rope.ts";

/** Appends bytes to a file of the output folder. Pieces of one file come in order; the next waits for this one. */
export type OnnxSink = (path: string, bytes: Uint8Array) => Promise<void>;

/** File names as transformers.js looks for them in `onnx/`. */
export const BASE_GRAPH = "model.onnx";
export const BASE_DATA = "model.onnx_data";
export const ADAPTER_DATA = "model.onnx_data_1";

/** Opset 23 has RMSNormalization; IR 11 belongs to it. */
const encode = (config: ModelConfig, adapter: Adapter | null, files: { base: string; adapter: string }) =>
  encodeModel(qwen3Graph(config, adapter, files), {
    irVersion: 11,
    opset: 23,
    producer: "recall-studio",
    version: `layout-${ONNX_LAYOUT}`,
  });

/** Number of the data layout that a graph was written for, from the first bytes of its file; null for other graphs. */
export const graphLayout = (head: Uint8Array): number | null => {
  const found = /recall-studio\W{1,2}layout-(\d+)/.exec(new TextDecoder("latin1").decode(head.subarray(0, 64)));
  return found ? Number(found[1]) : null;
};

/** Elements read at once from a tensor that needs no transposition: 4 MiB as F32. */
const PIECE = 1 << 20;

/**
 * Writes the base as ONNX: a graph of some 80 KB and one data file of all weights in F32 (2.4 GB for the 0.6B model),
 * streamed tensor by tensor. A model folder with `onnx/model.onnx` and `onnx/model.onnx_data` loads in transformers.js with
 * `"transformers.js_config": {"use_external_data_format": {"model.onnx": 1}}` in its config.json.
 * @throws StudioError `config-unsupported`, `weights-missing`, `tensor-missing`, `tensor-shape`, `safetensors-invalid`
 */
export const writeBaseOnnx = async (
  files: ModelFiles,
  sink: OnnxSink,
  names: { graph: string; data: string } = { graph: BASE_GRAPH, data: BASE_DATA },
): Promise<{ config: ModelConfig; dataBytes: number }> => {
  const config = await readModelConfig(files);
  const checkpoint = await openCheckpoint(files);
  for (const [name, shape] of modelTensors(config))
    if (checkpoint.info(name).shape.join() !== shape.join())
      throw new StudioError(
        "tensor-shape",
        `Tensor ${name} does not have the shape of config.json.`,
        "Use weights and config.json of one model.",
      );
  const layout = baseLayout(config);
  const rope = ropeTables(config.maxPositions, config.headDim, config.ropeTheta);
  const transposed = projectionWeights(config);
  await writeData(layout, names.data, sink, (entry) => {
    if (entry.name === "rope.cos") return once(rope.cos);
    if (entry.name === "rope.sin") return once(rope.sin);
    const shape = transposed.get(entry.name);
    return shape ? transposedTensor(checkpoint, entry.name, shape) : inPieces(checkpoint, entry);
  });
  await sink(names.graph, encode(config, null, { base: names.data, adapter: "" }));
  return { config, dataBytes: layout.bytes };
};

/**
 * Writes base + adapter as ONNX beside a base's data file: a graph and a small file of A and B. `names.baseData` must name
 * a file written by {@link writeBaseOnnx} with the same {@link ONNX_LAYOUT}, in the same folder (runtimes refuse `../`
 * and links out of the folder; hard links work). transformers.js wants
 * `"use_external_data_format": {"model.onnx": 2}`, which the artifact's config.json has.
 */
export const writeTunedOnnx = async (
  config: ModelConfig,
  adapter: Adapter,
  sink: OnnxSink,
  names: { graph: string; baseData: string; adapterData: string } = {
    graph: BASE_GRAPH,
    baseData: BASE_DATA,
    adapterData: ADAPTER_DATA,
  },
): Promise<{ adapterBytes: number }> => {
  const layout = adapterLayout(config, adapter);
  await writeData(layout, names.adapterData, sink, ({ name, dims }) => {
    const values = adapter.tensors.get(name);
    if (!values)
      throw new StudioError(
        "adapter-mismatch",
        `The adapter has no ${name}.`,
        "Choose the base that the adapter was trained on.",
      );
    return once(transpose(values, at(dims, 1), at(dims, 0), name.endsWith("lora_B.weight") ? adapter.scaling : 1));
  });
  await sink(names.graph, encode(config, adapter, { base: names.baseData, adapter: names.adapterData }));
  return { adapterBytes: layout.bytes };
};

/** Writes the entries in order, zeros between them. */
const writeData = async (
  layout: DataLayout,
  path: string,
  sink: OnnxSink,
  values: (entry: DataEntry) => AsyncIterable<Float32Array>,
): Promise<void> => {
  let at = 0;
  for (const entry of layout.order) {
    if (entry.offset > at) await sink(path, new Uint8Array(entry.offset - at));
    for await (const piece of values(entry))
      await sink(path, new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength));
    at = entry.offset + entry.bytes;
  }
};

async function* once(values: Float32Array): AsyncGenerator<Float32Array> {
  yield values;
}

async function* inPieces(checkpoint: Checkpoint, { name, bytes }: DataEntry): AsyncGenerator<Float32Array> {
  const { dtype } = checkpoint.info(name);
  for (let at = 0; at < bytes / 4; at += PIECE)
    yield toFloat32(await checkpoint.bytes(name, at, Math.min(bytes / 4, at + PIECE)), dtype);
}

async function* transposedTensor(
  checkpoint: Checkpoint,
  name: string,
  [rows, columns]: [number, number],
): AsyncGenerator<Float32Array> {
  yield transpose(await checkpoint.float32(name), rows, columns, 1);
}

const transpose = (values: Float32Array, rows: number, columns: number, factor: number): Float32Array => {
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      result[column * rows + row] = values[row * columns + column]! * factor;
  return result;
};
