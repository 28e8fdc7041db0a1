import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";

/** The adapter of one projection: `a` [rank, in], `b` [out, rank]. */
export interface LoraTensors {
  a: Tensor2D;
  b: Tensor2D;
  scaling: number;
}

/**
 * `a·bᵀ` and `aᵀ·b` with the transpose written out: tfjs' own transposed matmul takes a scalar path on WebGPU, and on
 * WebAssembly one that is many times slower than XNNPACK's.
 */
const byTransposed = (a: Tensor2D, b: Tensor2D): Tensor2D => tf.matMul(a, tf.transpose(b));
const transposedBy = (a: Tensor2D, b: Tensor2D): Tensor2D => tf.matMul(tf.transpose(a), b);

/** `y = x·Wᵀ + scaling·(x·Aᵀ)·Bᵀ`. x [rows, in], w [out, in] → [rows, out]. `factor` stands for x in the first product. */
export const linearReference = (x: Tensor2D, w: Tensor2D, lora: LoraTensors | null, factor = x): Tensor2D =>
  tf.tidy(() => {
    const y = byTransposed(factor, w);
    if (lora === null) return y;
    const z = byTransposed(x, lora.a);
    return tf.add(y, tf.mul(byTransposed(z, lora.b), lora.scaling));
  });

/**
 * `dx = dy·W + dz·A`, `dA = dzᵀ·x`, `dB = scaling·dyᵀ·z` with `dz = scaling·dy·B`, `z = x·Aᵀ`. W is frozen.
 * dy [rows, out] → dx [rows, in], dLora: a [rank, in], b [out, rank].
 */
export const linearBackwardReference = (
  dy: Tensor2D,
  x: Tensor2D,
  w: Tensor2D,
  lora: LoraTensors | null,
): { dx: Tensor2D; dLora?: { a: Tensor2D; b: Tensor2D } } =>
  tf.tidy(() => {
    const dx = tf.matMul(dy, w) as Tensor2D;
    if (lora === null) return { dx };
    const z = byTransposed(x, lora.a);
    const dz = tf.mul(tf.matMul(dy, lora.b), lora.scaling) as Tensor2D;
    return {
      dx: tf.add(dx, tf.matMul(dz, lora.a)) as Tensor2D,
      dLora: { a: transposedBy(dz, x), b: tf.mul(transposedBy(dy, z), lora.scaling) as Tensor2D },
    };
  });
