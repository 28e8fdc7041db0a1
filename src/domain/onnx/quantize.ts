import { BLOCK } from "./dataLayout.ts";

/** What an unsigned 8-bit weight counts from, as MatMulNBits takes it without zero points. */
const ZERO = 128;

/**
 * Blocks of 32 numbers as 8-bit ones with one scale each, max|x| / 127, rounded to nearest.
 * @param values whole blocks
 * @param signed as signed bytes, or as unsigned ones that count from 128
 */
export const quantizeBlocks = (
  values: Float32Array,
  signed: boolean,
): { bytes: Uint8Array<ArrayBuffer>; scales: Float32Array<ArrayBuffer> } => {
  const bytes = new Uint8Array(values.length);
  const scales = new Float32Array(values.length / BLOCK);
  const offset = signed ? 0 : ZERO;
  for (let block = 0; block < scales.length; block++) {
    const start = block * BLOCK;
    let largest = 0;
    for (let i = start; i < start + BLOCK; i++) largest = Math.max(largest, Math.abs(values[i]!));
    const scale = Math.fround(largest / 127);
    scales[block] = scale;
    // A byte array keeps the low eight bits, which is the two's complement of a negative number.
    for (let i = start; i < start + BLOCK; i++) bytes[i] = (scale === 0 ? 0 : Math.round(values[i]! / scale)) + offset;
  }
  return { bytes, scales };
};
