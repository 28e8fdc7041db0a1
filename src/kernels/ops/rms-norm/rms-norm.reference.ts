import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";

const inverseRms = (x: Tensor2D, eps: number) => tf.rsqrt(tf.add(tf.mean(tf.square(x), 1, true), eps));

/** RMSNorm (Zhang & Sennrich 2019): `x / sqrt(mean(x²) + eps) · w`, row by row. x [rows, width], w [width]. */
export const rmsNormReference = (x: Tensor2D, w: Tensor1D, eps: number): Tensor2D =>
  tf.tidy(() => tf.mul(tf.mul(x, inverseRms(x, eps)), w));

/** `dx = (g − x̂ · mean(g · x̂)) / rms` with `g = dy · w`, `x̂ = x / rms`; the weight is frozen. */
export const rmsNormBackwardReference = (dy: Tensor2D, x: Tensor2D, w: Tensor1D, eps: number): Tensor2D =>
  tf.tidy(() => {
    const scale = inverseRms(x, eps);
    const unit = tf.mul(x, scale);
    const g = tf.mul(dy, w);
    return tf.mul(tf.sub(g, tf.mul(unit, tf.mean(tf.mul(g, unit), 1, true))), scale);
  });
