import { adapterShapes } from "../artifact/adapter.ts";
import type { LoraSettings } from "../artifact/adapterConfig.ts";
import { modelTensors, PROJECTIONS, projectionPath, projectionShape, type ModelConfig } from "../modelConfig.ts";

/**
 * How the base's data file is laid out. A tuned graph points into the base's file by these offsets, so a file is only
 * good for graphs of the same layout: name cached files after it.
 */
export const ONNX_LAYOUT = 1;

/** An F32 tensor in a data file. */
export interface DataEntry {
  name: string;
  dims: number[];
  offset: number;
  bytes: number;
}

export interface DataLayout {
  entries: ReadonlyMap<string, DataEntry>;
  /** Entries by rising offset. */
  order: DataEntry[];
  bytes: number;
}

/** Large tensors begin on a memory page, so that runtimes can map them from the file. */
const alignment = (bytes: number): number => (bytes >= 65536 ? 4096 : 64);

const layOut = (tensors: Iterable<[string, number[]]>): DataLayout => {
  const order: DataEntry[] = [];
  let at = 0;
  for (const [name, dims] of tensors) {
    const bytes = 4 * dims.reduce((product, size) => product * size, 1);
    const offset = Math.ceil(at / alignment(bytes)) * alignment(bytes);
    order.push({ name, dims, offset, bytes });
    at = offset + bytes;
  }
  return { order, bytes: at, entries: new Map(order.map((entry) => [entry.name, entry])) };
};

/** Weight names whose ONNX form is transposed, `[in, out]`, as MatMul wants its right side. */
export const projectionWeights = (config: ModelConfig): Map<string, [number, number]> => {
  const shapes = new Map<string, [number, number]>();
  for (let layer = 0; layer < config.layers; layer++)
    for (const projection of PROJECTIONS)
      shapes.set(`layers.${layer}.${projectionPath(projection)}.weight`, projectionShape(config, projection));
  return shapes;
};

/** The base's data file: the checkpoint's tensors, projections transposed, then the rotary tables `[positions, headDim / 2]`. */
export const baseLayout = (config: ModelConfig): DataLayout => {
  const transposed = projectionWeights(config);
  const table = [config.maxPositions, config.headDim / 2];
  return layOut([
    ...[...modelTensors(config)].map(([name, shape]): [string, number[]] => [
      name,
      transposed.has(name) ? shape.toReversed() : shape,
    ]),
    ["rope.cos", table],
    ["rope.sin", table],
  ]);
};

/** The adapter's data file: A transposed `[in, rank]`, B transposed and scaled `[rank, out]`, by PEFT name. */
export const adapterLayout = (config: ModelConfig, settings: LoraSettings): DataLayout =>
  layOut([...adapterShapes(config, settings)].map(([name, shape]): [string, number[]] => [name, shape.toReversed()]));
