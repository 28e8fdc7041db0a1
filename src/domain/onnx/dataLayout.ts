import { adapterShapes } from "../artifact/adapter.ts";
import type { LoraSettings } from "../artifact/adapterConfig.ts";
import { modelTensors, PROJECTIONS, projectionPath, projectionShape, type ModelConfig } from "../modelConfig.ts";

/**
 * How the base's data file is laid out. A tuned graph points into the base's file by these offsets, so a file is only
 * good for graphs of the same layout: name cached files after it.
 */
export const ONNX_LAYOUT = 1;

/** What the weights of a graph are: F32, or 8-bit numbers in blocks. */
export type OnnxType = "f32" | "q8";

/** Numbers of a block of 8-bit weights, which share one F32 scale. */
export const BLOCK = 32;

/** Bytes of an element in a data file. */
const WIDTH = { F32: 4, I8: 1, U8: 1 } as const;

/** A tensor in a data file. */
export interface DataEntry {
  name: string;
  element: keyof typeof WIDTH;
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

type Planned = [name: string, dims: number[], element?: DataEntry["element"]];

const layOut = (tensors: Iterable<Planned>): DataLayout => {
  const order: DataEntry[] = [];
  let at = 0;
  for (const [name, dims, element = "F32"] of tensors) {
    const bytes = WIDTH[element] * dims.reduce((product, size) => product * size, 1);
    const offset = Math.ceil(at / alignment(bytes)) * alignment(bytes);
    order.push({ name, element, dims, offset, bytes });
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

/**
 * The base's data file: the checkpoint's tensors, then the rotary tables `[positions, headDim / 2]`. As F32 the projections are
 * transposed; in 8 bits every matrix is two tensors, `<name>.q8` [rows, columns / 32, 32] and `<name>.scale`, one a block.
 */
export const baseLayout = (config: ModelConfig, type: OnnxType): DataLayout => {
  const transposed = projectionWeights(config);
  const table = [config.maxPositions, config.headDim / 2];
  return layOut([
    ...[...modelTensors(config)].flatMap(([name, shape]): Planned[] => {
      const [rows = 0, columns] = shape;
      if (type === "f32" || columns === undefined) return [[name, transposed.has(name) ? shape.toReversed() : shape]];
      const blocks = columns / BLOCK;
      return transposed.has(name)
        ? [
            [`${name}.q8`, [rows, blocks, BLOCK], "U8"],
            [`${name}.scale`, [rows * blocks]],
          ]
        : [
            [`${name}.q8`, [rows, blocks, BLOCK], "I8"],
            [`${name}.scale`, [rows, blocks, 1]],
          ];
    }),
    ["rope.cos", table],
    ["rope.sin", table],
  ]);
};

/** The adapter's data file: A transposed `[in, rank]`, B transposed and scaled `[rank, out]`, by PEFT name. */
export const adapterLayout = (config: ModelConfig, settings: LoraSettings): DataLayout =>
  layOut([...adapterShapes(config, settings)].map(([name, shape]): Planned => [name, shape.toReversed()]));
