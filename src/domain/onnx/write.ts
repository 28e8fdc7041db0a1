import type { Adapter } from "../artifact/adapter.ts";
import type { LoraSettings } from "../artifact/adapterConfig.ts";
import { StudioError } from "../errors.ts";
import type { ModelConfig } from "../modelConfig.ts";
import type { ModelFiles } from "../modelFiles.ts";
import { at } from "../present.ts";
import { dataBytes, modelData, once, transpose } from "./data.ts";
import { adapterLayout, ONNX_LAYOUT, type OnnxType } from "./dataLayout.ts";
import { encodeModel } from "./proto.ts";
import { qwen3Graph, type DataFiles, type GraphStyle } from "./qwen3Graph.ts";

/** Appends bytes to a file of the output folder. Pieces of one file come in order; the next waits for this one. */
export type OnnxSink = (path: string, bytes: Uint8Array) => Promise<void>;

/** File names as transformers.js looks for them in `onnx/`. */
export const BASE_GRAPH = "model.onnx";
export const BASE_DATA = "model.onnx_data";
export const ADAPTER_DATA = "model.onnx_data_1";

/** Serving's own graphs use RMSNormalization of opset 23, to which IR 11 belongs; those in 8 bits what older runtimes have. */
const SERVED = {
  f32: { norm: "operator", weights: "f32", states: "all", opset: 23, irVersion: 11 },
  q8: { norm: "plain", weights: "q8", states: "all", opset: 18, irVersion: 8 },
} as const;

/** Tried with onnxruntime 1.20 to 1.30; 8-bit weights from 1.22 on, before which MatMulNBits had only 4 bits. */
const PORTABLE = { norm: "plain", states: "all", opset: 18, irVersion: 8 } as const;

interface Written extends GraphStyle {
  opset: number;
  irVersion: number;
}

const encode = (
  config: ModelConfig,
  adapter: LoraSettings | null,
  files: DataFiles,
  { opset, irVersion, ...style }: Written,
) =>
  encodeModel(qwen3Graph(config, adapter, files, style), {
    irVersion,
    opset,
    producer: "recall-studio",
    version: `layout-${ONNX_LAYOUT}`,
  });

/** Number of the data layout that a graph was written for, from the first bytes of its file; null for other graphs. */
export const graphLayout = (head: Uint8Array): number | null => {
  const found = /recall-studio\W{1,2}layout-(\d+)/.exec(new TextDecoder("latin1").decode(head.subarray(0, 64)));
  return found ? Number(found[1]) : null;
};

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
  type: OnnxType = "f32",
): Promise<{ config: ModelConfig; dataBytes: number }> => {
  const { config, size, chunks } = await modelData(files, null, type);
  for await (const bytes of chunks) await sink(names.data, bytes);
  await sink(names.graph, encode(config, null, { base: names.data, adapter: "" }, SERVED[type]));
  return { config, dataBytes: size };
};

/**
 * The graph of a base, or of a base with adapter, for whoever pads on the left and pools the last position, as this project does: it
 * gives that position's state alone, [batch, 1, hidden], and leaves out what the last layer would compute for all others. It reads
 * the data files that {@link writeBaseOnnx} and {@link writeTunedOnnx} wrote under their usual names.
 */
export const lastTokenGraph = (
  config: ModelConfig,
  adapter: LoraSettings | null,
  type: OnnxType = "f32",
): Uint8Array<ArrayBuffer> =>
  encode(config, adapter, { base: BASE_DATA, adapter: ADAPTER_DATA }, { ...SERVED[type], states: "last" });

/**
 * A complete model as ONNX that needs no other file of ours: a graph and one data file, in operators and versions that
 * older runtimes take.
 * @param adapter merged in; null gives the base itself
 * @returns the graph, and the data with its size, known beforehand
 * @throws StudioError as {@link writeBaseOnnx}
 */
export const portableOnnx = async (
  base: ModelFiles,
  adapter: Adapter | null,
  type: OnnxType,
): Promise<{
  graph: Uint8Array<ArrayBuffer>;
  data: { size: number; chunks: AsyncGenerator<Uint8Array<ArrayBuffer>> };
}> => {
  const { config, ...data } = await modelData(base, adapter, type);
  const graph = encode(config, null, { base: BASE_DATA, adapter: "" }, { ...PORTABLE, weights: type });
  return { graph, data };
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
  type: OnnxType = "f32",
): Promise<{ adapterBytes: number }> => {
  const layout = adapterLayout(config, adapter);
  const chunks = dataBytes(layout, ({ name, dims }) => {
    const values = adapter.tensors.get(name);
    if (!values)
      throw new StudioError(
        "adapter-mismatch",
        `The adapter has no ${name}.`,
        "Choose the base that the adapter was trained on.",
      );
    return once(transpose(values, at(dims, 1), at(dims, 0), name.endsWith("lora_B.weight") ? adapter.scaling : 1));
  });
  for await (const bytes of chunks) await sink(names.adapterData, bytes);
  await sink(names.graph, encode(config, adapter, { base: names.baseData, adapter: names.adapterData }, SERVED[type]));
  return { adapterBytes: layout.bytes };
};
