import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";

/** SwiGLU (Shazeer 2020): `silu(gate) · up` with `silu(g) = g · σ(g)`. */
export const swigluReference = (gate: Tensor2D, up: Tensor2D): Tensor2D =>
  tf.tidy(() => tf.mul(tf.mul(gate, tf.sigmoid(gate)), up));

/** `dup = dy · silu(g)`, `dgate = dy · up · σ(g) · (1 + g · (1 − σ(g)))`. */
export const swigluBackwardReference = (
  dy: Tensor2D,
  gate: Tensor2D,
  up: Tensor2D,
): { dgate: Tensor2D; dup: Tensor2D } =>
  tf.tidy(() => {
    const sigma = tf.sigmoid(gate);
    const slope = tf.mul(sigma, tf.add(tf.mul(gate, tf.sub(1, sigma)), 1));
    return { dgate: tf.mul(tf.mul(dy, up), slope), dup: tf.mul(tf.mul(dy, gate), sigma) };
  });
