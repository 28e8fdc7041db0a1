import { at } from "../present.ts";
import { f16ToF32, f32ToF16 } from "../safetensors/index.ts";
import { TENSOR_TYPES } from "./format.ts";

const { elements: BLOCK, bytes: BLOCK_BYTES } = TENSOR_TYPES.Q8_0;

/**
 * Q8_0: blocks of 32 numbers as one F16 scale d = max|x| / 127 and 32 signed bytes round(x / d), halves away from zero.
 * As ggml's `quantize_row_q8_0_ref` defines it: the bytes are counted with the scale before its rounding to F16.
 * @param values a multiple of 32
 */
export const quantizeQ8 = (values: Float32Array): Uint8Array<ArrayBuffer> => {
  const out = new Uint8Array((values.length / BLOCK) * BLOCK_BYTES);
  const view = new DataView(out.buffer);
  const scale = new Float32Array(1);
  for (let block = 0; block * BLOCK < values.length; block++) {
    let largest = 0;
    for (let i = 0; i < BLOCK; i++) largest = Math.max(largest, Math.abs(values[block * BLOCK + i]!));
    scale[0] = largest / 127;
    const inverse = at(scale, 0) === 0 ? 0 : Math.fround(1 / at(scale, 0));
    view.setUint16(block * BLOCK_BYTES, at(f32ToF16(scale), 0), true);
    for (let i = 0; i < BLOCK; i++) {
      const x = Math.fround(values[block * BLOCK + i]! * inverse);
      view.setInt8(block * BLOCK_BYTES + 2 + i, Math.sign(x) * Math.round(Math.abs(x)));
    }
  }
  return out;
};

/** The numbers that a runtime reads out of Q8_0 blocks. */
export const dequantizeQ8 = (bytes: Uint8Array): Float32Array<ArrayBuffer> => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Float32Array((bytes.length / BLOCK_BYTES) * BLOCK);
  for (let block = 0; block * BLOCK_BYTES < bytes.length; block++) {
    const scale = at(f16ToF32(Uint16Array.of(view.getUint16(block * BLOCK_BYTES, true))), 0);
    for (let i = 0; i < BLOCK; i++) values[block * BLOCK + i] = scale * view.getInt8(block * BLOCK_BYTES + 2 + i);
  }
  return values;
};
