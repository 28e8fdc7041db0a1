import { StudioError } from "../errors.ts";

/** Bytes an element, for every type of the format that has whole bytes; in the format's own order, which its writer sorts by. */
export const BYTES = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  F64: 8,
  I64: 8,
  U64: 8,
} as const;
export type DType = keyof typeof BYTES;

/** The bytes on an address that a typed array of `size`-byte elements may view; copied only when they are not. */
const aligned = (bytes: Uint8Array, size: number): Uint8Array =>
  bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);

/** The 16-bit words of BF16 or F16 data, a view where the alignment allows it. */
const words16 = (bytes: Uint8Array): Uint16Array => {
  const at = aligned(bytes, 2);
  return new Uint16Array(at.buffer, at.byteOffset, at.byteLength / 2);
};

/** BF16 is the upper half of an F32, so widening is exact. */
export const bf16ToF32 = (words: Uint16Array): Float32Array<ArrayBuffer> => {
  const bits = new Uint32Array(words.length);
  for (let i = 0; i < words.length; i++) bits[i] = words[i]! << 16;
  return new Float32Array(bits.buffer);
};

/** F32 rounded to BF16, nearest even, as torch does; NaN stays NaN. */
export const f32ToBf16 = (values: Float32Array): Uint16Array<ArrayBuffer> => {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const words = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) {
    const b = bits[i]!;
    words[i] = (b & 0x7fffffff) > 0x7f800000 ? (b >>> 16) | 0x40 : (b + 0x7fff + ((b >>> 16) & 1)) >>> 16;
  }
  return words;
};

/** IEEE half precision to F32, exact; subnormals, infinities and NaN included. */
export const f16ToF32 = (words: Uint16Array): Float32Array<ArrayBuffer> => {
  const values = new Float32Array(words.length);
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const exponent = (word >>> 10) & 31;
    const fraction = word & 1023;
    const magnitude =
      exponent === 0
        ? fraction * 2 ** -24
        : exponent === 31
          ? fraction
            ? NaN
            : Infinity
          : (1 + fraction / 1024) * 2 ** (exponent - 15);
    values[i] = word & 0x8000 ? -magnitude : magnitude;
  }
  return values;
};

/** F32 rounded to IEEE half precision, nearest even; values beyond 65504 become infinite, as torch does. */
export const f32ToF16 = (values: Float32Array): Uint16Array<ArrayBuffer> => {
  const words = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) words[i] = halfOf(values[i]!);
  return words;
};

const halfOf = (value: number): number => {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (magnitude >= 65520) return sign | 0x7c00;
  // One unit in the last place at this size; below 2^-14 halves are evenly spaced (subnormal).
  const exponent = magnitude < 2 ** -14 ? -14 : Math.floor(Math.log2(magnitude));
  const steps = roundHalfEven(magnitude / 2 ** (exponent - 10));
  // A carry out of the fraction runs into the exponent field by itself.
  return sign | (magnitude < 2 ** -14 ? steps : ((exponent + 14) << 10) + steps);
};

const roundHalfEven = (value: number): number => {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
};

/**
 * Tensor data as F32. F64 is rounded.
 * @param bytes little-endian elements, as a safetensors file holds them
 */
export const toFloat32 = (bytes: Uint8Array, dtype: DType): Float32Array<ArrayBufferLike> => {
  switch (dtype) {
    case "F32": {
      const at = aligned(bytes, 4);
      return new Float32Array(at.buffer, at.byteOffset, at.byteLength / 4);
    }
    case "BF16":
      return bf16ToF32(words16(bytes));
    case "F16":
      return f16ToF32(words16(bytes));
    default:
      return Float32Array.from(toFloat64(bytes, dtype));
  }
};

/** Tensor data as F64: exact for F64, F32, F16, BF16 and I32. */
export const toFloat64 = (bytes: Uint8Array, dtype: DType): Float64Array<ArrayBufferLike> => {
  switch (dtype) {
    case "F64": {
      const at = aligned(bytes, 8);
      return new Float64Array(at.buffer, at.byteOffset, at.byteLength / 8);
    }
    case "I32":
      return Float64Array.from(toInt32(bytes, dtype));
    case "F32":
    case "BF16":
    case "F16":
      return Float64Array.from(toFloat32(bytes, dtype));
    default:
      throw new StudioError(
        "dtype-unsupported",
        `Tensors of type ${dtype} cannot be read as numbers here.`,
        "Use a model whose weights are F32, BF16 or F16.",
      );
  }
};

/** I32 tensor data. */
export const toInt32 = (bytes: Uint8Array, dtype: DType): Int32Array<ArrayBufferLike> => {
  if (dtype !== "I32")
    throw new StudioError(
      "dtype-unsupported",
      `A tensor of type ${dtype} stands where I32 is wanted.`,
      "Use the file this reader was made for.",
    );
  const at = aligned(bytes, 4);
  return new Int32Array(at.buffer, at.byteOffset, at.byteLength / 4);
};
