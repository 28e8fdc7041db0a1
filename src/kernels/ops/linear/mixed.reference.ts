import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { linearReference, type LoraTensors } from "./linear.reference.ts";

/** Below it, f16 has fixed steps of 2⁻²⁴. */
const SMALLEST_NORMAL = 2 ** -14;
/** From here on the nearest f16 is infinity; the largest finite one is 65504. */
const BEYOND = 65520;

/** The nearest f16 (11 significant bits), ties to even; infinite beyond its range. Exact in float32 arithmetic: Dekker's splitting. */
export const toHalf = (value: number): number => {
  const size = Math.abs(value);
  if (size >= BEYOND) return Math.sign(value) * Infinity;
  if (size < SMALLEST_NORMAL) return Math.fround(Math.fround(value + 0.75) - 0.75);
  const shifted = Math.fround(value * (2 ** 13 + 1));
  return Math.fround(shifted - Math.fround(shifted - value));
};

const halved = (x: Tensor2D): Tensor2D => tf.tensor2d((x.dataSync() as Float32Array).map(toHalf), x.shape);

/**
 * What the f16 forms compute forward: `x·Wᵀ` of factors rounded to f16, LoRA's products and all sums in float32. (The forms also
 * round each product, which adds about a third to the distance from float32.)
 */
export const mixedLinearReference = (x: Tensor2D, w: Tensor2D, lora: LoraTensors | null): Tensor2D =>
  tf.tidy(() => linearReference(x, halved(w), lora, halved(x)));
