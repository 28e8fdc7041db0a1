/** Little-endian float32 bytes. */
export const f32Bytes = (values: ArrayLike<number>): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);

/** The upper halves of float32, which is BF16 rounded towards zero: bytes, and the values they stand for. */
export const bf16 = (values: Float32Array): { bytes: Uint8Array; values: Float32Array } => {
  const bits = new Uint32Array(Float32Array.from(values).buffer);
  const bytes = new Uint8Array(Uint16Array.from(bits, (word) => word >>> 16).buffer);
  return { bytes, values: new Float32Array(bits.map((word) => word & 0xffff0000).buffer) };
};

/** Seeded numbers in [-1, 1), the same on every run. */
export const numbers = (length: number, seed: number): Float32Array => {
  let state = seed >>> 0;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
};
/** Sequences of these lengths with arbitrary ids below `vocabulary`. */
export const sequences = (lengths: readonly number[], vocabulary = 64): number[][] => {
  let id = 0;
  return lengths.map((length) => Array.from({ length }, () => (id = (id * 31 + 7) % vocabulary)));
};
