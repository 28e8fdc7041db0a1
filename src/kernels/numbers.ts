import { StudioError } from "../domain/errors.ts";
import type { WeightDtype } from "./types.ts";

const BYTES: Record<WeightDtype, number> = { BF16: 2, F16: 2, F32: 4 };

/** Refuses a tensor whose bytes are not `length` elements of `dtype`. */
export const checkLength = (bytes: number, dtype: WeightDtype, length: number): void => {
  if (bytes !== length * BYTES[dtype])
    throw new StudioError(
      "weights-damaged",
      `A weight tensor has ${bytes} bytes where ${length} elements of ${dtype} take ${length * BYTES[dtype]}.`,
      "Remove the model from this device and download it again.",
    );
};

/** Bytes of `length` elements. */
export const bytesOf = (dtype: WeightDtype, length: number): number => length * BYTES[dtype];

const halfToFloat = (half: number): number => {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
};

/** Little-endian safetensors bytes as float32; exact for all three dtypes. */
export const decode = (bytes: Uint8Array, dtype: WeightDtype): Float32Array<ArrayBuffer> => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out = new Float32Array(bytes.byteLength / BYTES[dtype]);
  if (dtype === "F32") for (let i = 0; i < out.length; i++) out[i] = view.getFloat32(4 * i, true);
  else if (dtype === "F16") for (let i = 0; i < out.length; i++) out[i] = halfToFloat(view.getUint16(2 * i, true));
  else {
    const bits = new Uint32Array(out.buffer);
    for (let i = 0; i < out.length; i++) bits[i] = view.getUint16(2 * i, true) << 16;
  }
  return out;
};

/**
 * cos and sin of `position · theta^(−2i/headDim)`, [positions, headDim / 2] each. The inverse frequency and the product are
 * rounded to float32, as transformers does: at far positions that, not the exact angle, is what the model was trained with.
 */
export const ropeAngles = (
  headDim: number,
  theta: number,
  positions: number,
): { cos: Float32Array; sin: Float32Array } => {
  const half = headDim / 2;
  const frequencies = Array.from({ length: half }, (_, i) =>
    Math.fround(1 / Math.fround(theta ** Math.fround((2 * i) / headDim))),
  );
  const cos = new Float32Array(positions * half);
  const sin = new Float32Array(positions * half);
  for (let p = 0; p < positions; p++)
    frequencies.forEach((frequency, i) => {
      const angle = Math.fround(p * frequency);
      cos[p * half + i] = Math.cos(angle);
      sin[p * half + i] = Math.sin(angle);
    });
  return { cos, sin };
};
