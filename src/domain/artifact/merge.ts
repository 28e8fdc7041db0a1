import { StudioError } from "../errors.ts";
import { modelTensors, PROJECTIONS, projectionPath, projectionShape, type ModelConfig } from "../modelConfig.ts";
import { f32ToBf16, f32ToF16, layOut, toFloat32, type Checkpoint, type DType } from "../safetensors/index.ts";
import { peftName, type Adapter } from "./adapter.ts";

/** `base` keeps the type each tensor is stored in (and so rounds the merged ones to it); `F32` is exact. */
export type MergedType = "base" | "F32" | "BF16" | "F16";

/** A tensor of the merged model. Its values come in blocks of whole rows, so that no large one is ever whole in memory. */
export interface MergedTensor {
  /** Unprefixed: `layers.0.self_attn.q_proj.weight`. */
  name: string;
  shape: number[];
  /** The type that the base stores it in. */
  stored: DType;
  /** W + scaling · B·A as F32, in order. A block may be used until the next one is asked for. */
  blocks(): AsyncGenerator<Float32Array<ArrayBuffer>>;
}

/** Elements of a block: 16 MB as F32. */
const BLOCK = 4 * 1024 * 1024;

/** Every tensor of the base with the adapter merged in, in the config's order. Without an adapter they are the base's own. */
export const mergedTensors = (checkpoint: Checkpoint, adapter: Adapter | null, config: ModelConfig): MergedTensor[] => {
  const updates = adapter ? lowRankUpdates(adapter, config) : new Map<string, Update>();
  return [...modelTensors(config)].map(([name, shape]) => {
    const stored = checkpoint.info(name).dtype;
    const columns = shape[1] ?? 1;
    const rows = shape[0] ?? 1;
    const step = Math.max(1, Math.floor(BLOCK / columns));
    const blocks = async function* (): AsyncGenerator<Float32Array<ArrayBuffer>> {
      for (let from = 0; from < rows; from += step) {
        const to = Math.min(rows, from + step);
        const values = new Float32Array(toFloat32(await checkpoint.bytes(name, from * columns, to * columns), stored));
        const update = updates.get(name);
        if (update && adapter) addProduct(values, update, adapter, from, to);
        yield values;
      }
    };
    return { name, shape, stored, blocks };
  });
};

/**
 * The merged model, W + scaling · B·A, as the bytes of one `model.safetensors` with unprefixed names, summed in F32 and
 * rounded once.
 * @returns the file's size, known beforehand, and its bytes in order
 */
export const mergeAdapter = (
  checkpoint: Checkpoint,
  adapter: Adapter,
  config: ModelConfig,
  type: MergedType = "base",
): { size: number; chunks: AsyncGenerator<Uint8Array<ArrayBuffer>> } =>
  mergedFile(mergedTensors(checkpoint, adapter, config), type);

/** These tensors as the bytes of one safetensors file. */
export const mergedFile = (
  merged: readonly MergedTensor[],
  type: MergedType,
): { size: number; chunks: AsyncGenerator<Uint8Array<ArrayBuffer>> } => {
  const { front, order, fileBytes } = layOut(
    merged.map((tensor) => ({ ...tensor, dtype: type === "base" ? tensor.stored : type })),
  );
  const chunks = async function* (): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    yield front;
    for (const { dtype, blocks } of order) for await (const values of blocks()) yield encode(values, dtype);
  };
  return { size: fileBytes, chunks: chunks() };
};

interface Update {
  a: Float32Array;
  b: Float32Array;
  input: number;
}

const lowRankUpdates = (adapter: Adapter, config: ModelConfig): Map<string, Update> => {
  const updates = new Map<string, Update>();
  for (let layer = 0; layer < config.layers; layer++)
    for (const projection of PROJECTIONS) {
      const a = adapter.tensors.get(peftName(layer, projection, "A"));
      const b = adapter.tensors.get(peftName(layer, projection, "B"));
      const [, input] = projectionShape(config, projection);
      if (a && b) updates.set(`layers.${layer}.${projectionPath(projection)}.weight`, { a, b, input });
    }
  return updates;
};

/** Rows [from, to) of W += scaling · B·A, summed in F64 row by row. */
const addProduct = (
  weight: Float32Array,
  { a, b, input }: Update,
  { rank, scaling }: Adapter,
  from: number,
  to: number,
): void => {
  const row = new Float64Array(input);
  for (let o = from; o < to; o++) {
    row.fill(0);
    for (let r = 0; r < rank; r++) {
      const factor = scaling * b[o * rank + r]!;
      for (let i = 0; i < input; i++) row[i]! += factor * a[r * input + i]!;
    }
    const at = (o - from) * input;
    for (let i = 0; i < input; i++) weight[at + i]! += row[i]!;
  }
};

/** F32 values in the type of a file, rounded to nearest even. @throws StudioError `dtype-unsupported` */
export const encode = (values: Float32Array<ArrayBuffer>, dtype: DType): Uint8Array<ArrayBuffer> => {
  switch (dtype) {
    case "F32":
      return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    case "BF16":
      return new Uint8Array(f32ToBf16(values).buffer);
    case "F16":
      return new Uint8Array(f32ToF16(values).buffer);
    default:
      throw new StudioError(
        "dtype-unsupported",
        `Weights of type ${dtype} cannot be merged.`,
        "Use a model whose weights are F32, BF16 or F16.",
      );
  }
};
