import { f16ToF32, f32ToF16 } from "../../safetensors/index.ts";
import { truncateAndNormalize } from "../rank.ts";

/** How a store may keep an embedding, the largest first. */
export const VECTOR_FORMS = ["float32", "float16", "int8", "binary"] as const;
export type VectorForm = (typeof VECTOR_FORMS)[number];

/** Those that this studio's store keeps: pgvector has no 8-bit numbers. */
export const STORED_FORMS = ["float32", "float16", "binary"] as const;
export type StoredForm = (typeof STORED_FORMS)[number];

/** Bytes of one embedding's numbers that a search compares; binary fills the last byte up. What a store adds around them is left out. */
export const bytesOf = (form: VectorForm, dim: number): number =>
  ({ float32: 4 * dim, float16: 2 * dim, int8: dim, binary: Math.ceil(dim / 8) })[form];

/**
 * Bytes of one embedding that are kept beside those that are compared, and read for the first {@link RESCORED} alone: binary's float16, by
 * which it is rescored.
 */
export const bytesBeside = (form: VectorForm, dim: number): number => (form === "binary" ? bytesOf("float16", dim) : 0);

/** Passages of a binary search that are rescored by float16. */
export const RESCORED = 100;

/** Rows [n, dim] as a store of 16-bit floats has them, of length 1 again (IEEE 754, nearest even, as pgvector's `halfvec`). */
export const asFloat16 = (rows: Float32Array, dim: number): Float32Array =>
  truncateAndNormalize(f16ToF32(f32ToF16(rows)), dim);

/**
 * Rows [n, dim] as a store of signed bytes has them, of length 1 again: each row is scaled so that its largest number becomes ±127, and
 * rounded, halves away from zero. The cosine does not depend on the scale, so none is kept and nothing is calibrated.
 */
export const asInt8 = (rows: Float32Array, dim: number): Float32Array => {
  const out = new Float32Array(rows.length);
  for (let start = 0; start < rows.length; start += dim) {
    let largest = 0;
    for (let i = start; i < start + dim; i++) largest = Math.max(largest, Math.abs(rows[i] as number));
    const scale = largest === 0 ? 0 : 127 / largest;
    for (let i = start; i < start + dim; i++) {
      const scaled = (rows[i] as number) * scale;
      out[i] = Math.sign(scaled) * Math.round(Math.abs(scaled));
    }
  }
  return truncateAndNormalize(out, dim);
};

/** Signs of rows [n, dim] as bits, 32 a word, 1 where a number is above 0 (as pgvector's `binary_quantize`): [n, ⌈dim / 32⌉]; the rest is 0. */
export const toBits = (rows: Float32Array, dim: number): Uint32Array => {
  const width = Math.ceil(dim / 32);
  const bits = new Uint32Array((rows.length / dim) * width);
  for (let row = 0; row * dim < rows.length; row++)
    for (let i = 0; i < dim; i++)
      if ((rows[row * dim + i] as number) > 0) {
        const word = row * width + (i >>> 5);
        bits[word] = ((bits[word] as number) | (1 << (i & 31))) >>> 0;
      }
  return bits;
};
