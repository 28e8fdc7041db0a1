import { StudioError } from "../errors.ts";

/**
 * `input_ids` and `attention_mask` of a graph, int64 [batch, longest], padded on the left: every text ends at the last column,
 * where its embedding is read.
 */
export const leftPadded = (
  sequences: readonly Int32Array[],
  padToken: number,
): { ids: BigInt64Array<ArrayBuffer>; mask: BigInt64Array<ArrayBuffer>; dims: [batch: number, length: number] } => {
  const length = Math.max(...sequences.map((ids) => ids.length));
  const ids = new BigInt64Array(sequences.length * length).fill(BigInt(padToken));
  const mask = new BigInt64Array(sequences.length * length);
  sequences.forEach((tokens, row) => {
    const start = (row + 1) * length - tokens.length;
    tokens.forEach((token, i) => (ids[start + i] = BigInt(token)));
    mask.fill(1n, start, start + tokens.length);
  });
  return { ids, mask, dims: [sequences.length, length] };
};

/**
 * Unit vectors of a batch padded on the left: the states [batch, length, dim] of the last column, L2-normalized.
 * @throws StudioError `vectors-invalid` where a state is not finite, or the shape is another
 */
export const lastTokenVectors = (
  state: { data: Float32Array; dims: readonly number[] },
  dimension: number,
): Float32Array[] => {
  const [batch = 0, length = 0, dim = 0] = state.dims;
  if (dim !== dimension) throw badVectors();
  return Array.from({ length: batch }, (_, row) => {
    const end = (row + 1) * length * dim;
    return normalized(state.data.subarray(end - dim, end));
  });
};

const normalized = (row: Float32Array): Float32Array => {
  let sum = 0;
  for (const value of row) sum += value * value;
  const norm = Math.sqrt(sum);
  if (!(norm > 0) || !Number.isFinite(norm)) throw badVectors();
  return row.map((value) => value / norm);
};

const badVectors = () =>
  new StudioError(
    "vectors-invalid",
    "The model gave vectors that are not finite.",
    "Roll back to another version; this one cannot be used.",
  );
