import type { Adapter } from "../artifact/adapter.ts";
import { mergedTensors, type MergedTensor } from "../artifact/merge.ts";
import { StudioError } from "../errors.ts";
import { modelTensors, readModelConfig, type ModelConfig } from "../modelConfig.ts";
import type { ModelFiles } from "../modelFiles.ts";
import { present } from "../present.ts";
import { openCheckpoint } from "../safetensors/index.ts";
import { baseLayout, BLOCK, projectionWeights, type DataEntry, type DataLayout, type OnnxType } from "./dataLayout.ts";
import { quantizeBlocks } from "./quantize.ts";
import { ropeTables } from "./rope.ts";

/**
 * The data file of a model, its bytes made while they are taken: at most one matrix is whole in memory.
 * @param adapter merged in, summed in F32
 * @throws StudioError `config-unsupported`, `weights-missing`, `tensor-missing`, `tensor-shape`, `safetensors-invalid`,
 * `export-type-unsupported`
 */
export const modelData = async (
  files: ModelFiles,
  adapter: Adapter | null,
  type: OnnxType,
): Promise<{ config: ModelConfig; size: number; chunks: AsyncGenerator<Uint8Array<ArrayBuffer>> }> => {
  const config = await readModelConfig(files);
  const checkpoint = await openCheckpoint(files);
  for (const [name, shape] of modelTensors(config)) {
    if (checkpoint.info(name).shape.join() !== shape.join())
      throw new StudioError(
        "tensor-shape",
        `Tensor ${name} does not have the shape of config.json.`,
        "Use weights and config.json of one model.",
      );
    if (type === "q8" && (shape[1] ?? 0) % BLOCK !== 0)
      throw new StudioError(
        "export-type-unsupported",
        `Tensor ${name} has rows of ${shape[1]} numbers, which are no whole blocks of ${BLOCK}.`,
        "Take f32.",
      );
  }
  const layout = baseLayout(config, type);
  const tensors = new Map(mergedTensors(checkpoint, adapter, config).map((tensor) => [tensor.name, tensor]));
  const values = type === "f32" ? plainValues(tensors, config) : quantizedValues(tensors, config);
  const rope = ropeTables(config.maxPositions, config.headDim, config.ropeTheta);
  const chunks = dataBytes(layout, (entry) => {
    if (entry.name === "rope.cos") return once(rope.cos);
    if (entry.name === "rope.sin") return once(rope.sin);
    return values(entry);
  });
  return { config, size: layout.bytes, chunks };
};

type Values = (entry: DataEntry) => AsyncIterable<Numbers>;
type Numbers = Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

/** Tensors as they are, projections transposed. */
const plainValues = (tensors: ReadonlyMap<string, MergedTensor>, config: ModelConfig): Values => {
  const transposed = projectionWeights(config);
  return ({ name }) => {
    const { blocks } = present(tensors.get(name), name);
    const shape = transposed.get(name);
    return shape ? transposedBlocks(blocks(), shape) : blocks();
  };
};

/** Matrices in 8 bits; the scales follow their numbers, and are held until then. */
const quantizedValues = (tensors: ReadonlyMap<string, MergedTensor>, config: ModelConfig): Values => {
  const projections = projectionWeights(config);
  let scales: Float32Array<ArrayBuffer>[] = [];
  return async function* ({ name }) {
    const [, weight, part] = /^(.*)\.(q8|scale)$/.exec(name) ?? [];
    if (part === "scale") yield* scales;
    else if (weight === undefined) yield* present(tensors.get(name), name).blocks();
    else {
      scales = [];
      for await (const block of present(tensors.get(weight), weight).blocks()) {
        const made = quantizeBlocks(block, !projections.has(weight));
        scales.push(made.scales);
        yield made.bytes;
      }
    }
  };
};

/** The entries of a data file in order, zeros between them. */
export async function* dataBytes(layout: DataLayout, values: Values): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let at = 0;
  for (const entry of layout.order) {
    if (entry.offset > at) yield new Uint8Array(entry.offset - at);
    for await (const { buffer, byteOffset, byteLength } of values(entry))
      yield new Uint8Array(buffer, byteOffset, byteLength);
    at = entry.offset + entry.bytes;
  }
}

export async function* once(values: Float32Array<ArrayBuffer>): AsyncGenerator<Float32Array<ArrayBuffer>> {
  yield values;
}

async function* transposedBlocks(
  blocks: AsyncIterable<Float32Array>,
  [rows, columns]: [number, number],
): AsyncGenerator<Float32Array<ArrayBuffer>> {
  const whole = new Float32Array(rows * columns);
  let at = 0;
  for await (const block of blocks) {
    whole.set(block, at);
    at += block.length;
  }
  yield transpose(whole, rows, columns, 1);
}

/** [rows, columns] → [columns, rows], each number times `factor`. */
export const transpose = (
  values: Float32Array,
  rows: number,
  columns: number,
  factor: number,
): Float32Array<ArrayBuffer> => {
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      result[column * rows + row] = values[row * columns + column]! * factor;
  return result;
};
