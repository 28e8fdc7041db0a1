import { StudioError } from "../errors.ts";
import { modelTensors, PROJECTIONS, projectionPath, projectionShape, type ModelConfig } from "../modelConfig.ts";
import { f32ToBf16, f32ToF16, layOut, toFloat32, type Checkpoint, type DType } from "../safetensors/index.ts";
import { peftName, type Adapter } from "./adapter.ts";

/** `base` keeps the type each tensor is stored in (and so rounds the merged ones to it); `F32` is exact. */
export type MergedType = "base" | "F32";

/**
 * The merged model, W + scaling · B·A, as the bytes of one `model.safetensors` with unprefixed names. Streams tensor by
 * tensor: no more than the largest tensor is in memory (as F32).
 * @returns the file's size, known beforehand, and its bytes in order
 */
export const mergeAdapter = (
  checkpoint: Checkpoint,
  adapter: Adapter,
  config: ModelConfig,
  type: MergedType = "base",
): { size: number; chunks: AsyncGenerator<Uint8Array> } => {
  const tensors = [...modelTensors(config).keys()].map((name) => {
    const { dtype, shape } = checkpoint.info(name);
    return { name, shape, dtype: type === "F32" ? ("F32" as const) : dtype };
  });
  const updates = lowRankUpdates(adapter, config);
  const { front, order, fileBytes } = layOut(tensors);
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    yield front;
    for (const { name, dtype } of order) {
      const stored = checkpoint.info(name).dtype;
      const update = updates.get(name);
      const bytes = await checkpoint.bytes(name);
      if (!update && dtype === stored) yield bytes;
      else {
        const values = new Float32Array(toFloat32(bytes, stored));
        if (update) addProduct(values, update, adapter);
        yield encode(values, dtype);
      }
    }
  };
  return { size: fileBytes, chunks: chunks() };
};

interface Update {
  a: Float32Array;
  b: Float32Array;
  out: number;
  input: number;
}

const lowRankUpdates = (adapter: Adapter, config: ModelConfig): Map<string, Update> => {
  const updates = new Map<string, Update>();
  for (let layer = 0; layer < config.layers; layer++)
    for (const projection of PROJECTIONS) {
      const a = adapter.tensors.get(peftName(layer, projection, "A"));
      const b = adapter.tensors.get(peftName(layer, projection, "B"));
      const [out, input] = projectionShape(config, projection);
      if (a && b) updates.set(`layers.${layer}.${projectionPath(projection)}.weight`, { a, b, out, input });
    }
  return updates;
};

/** W += scaling · B·A, summed in F64 row by row. */
const addProduct = (weight: Float32Array, { a, b, out, input }: Update, { rank, scaling }: Adapter): void => {
  const row = new Float64Array(input);
  for (let o = 0; o < out; o++) {
    row.fill(0);
    for (let r = 0; r < rank; r++) {
      const factor = scaling * b[o * rank + r]!;
      for (let i = 0; i < input; i++) row[i]! += factor * a[r * input + i]!;
    }
    for (let i = 0; i < input; i++) weight[o * input + i]! += row[i]!;
  }
};

const encode = (values: Float32Array<ArrayBuffer>, dtype: DType): Uint8Array => {
  switch (dtype) {
    case "F32":
      return new Uint8Array(values.buffer);
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
