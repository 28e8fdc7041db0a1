import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";

/** The adapter of one projection: `a` [rank, in], `b` [out, rank]. */
export interface LoraTensors {
  a: Tensor2D;
  b: Tensor2D;
  scaling: number;
}

/** `y = x·Wᵀ + scaling·(x·Aᵀ)·Bᵀ`. x [rows, in], w [out, in] → [rows, out]. */
export const linearReference = (x: Tensor2D, w: Tensor2D, lora: LoraTensors | null): Tensor2D =>
  tf.tidy(() => {
    const y = tf.matMul(x, w, false, true) as Tensor2D;
    if (lora === null) return y;
    const z = tf.matMul(x, lora.a, false, true);
    return tf.add(y, tf.mul(tf.matMul(z, lora.b, false, true), lora.scaling));
  });

/**
 * `dx = dy·W + dz·A`, `dA = dzᵀ·x`, `dB = scaling·dyᵀ·z` with `dz = scaling·dy·B`, `z = x·Aᵀ`. W is frozen.
 * dy [rows, out] → dx [rows, in], da [rank, in], db [out, rank].
 */
export const linearBackwardReference = (
  dy: Tensor2D,
  x: Tensor2D,
  w: Tensor2D,
  lora: LoraTensors | null,
): { dx: Tensor2D; da?: Tensor2D; db?: Tensor2D } =>
  tf.tidy(() => {
    const dx = tf.matMul(dy, w) as Tensor2D;
    if (lora === null) return { dx };
    const z = tf.matMul(x, lora.a, false, true);
    const dz = tf.mul(tf.matMul(dy, lora.b), lora.scaling) as Tensor2D;
    return {
      dx: tf.add(dx, tf.matMul(dz, lora.a)) as Tensor2D,
      da: tf.matMul(dz, x, true) as Tensor2D,
      db: tf.mul(tf.matMul(dy, z, true), lora.scaling) as Tensor2D,
    };
  });
