import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";

/** Below this a norm counts as this, as in `torch.nn.functional.normalize`. */
export const NORM_FLOOR = 1e-12;

/** Rows `last` of x, divided by their L2 norm. x [rows, hidden], last [segments] int32 → [segments, hidden], [segments]. */
export const poolNormalizeReference = (x: Tensor2D, last: Tensor1D): { embeddings: Tensor2D; norms: Tensor1D } =>
  tf.tidy(() => {
    const pooled = tf.gather(x, last);
    const norms = tf.sqrt(tf.sum(tf.square(pooled), 1));
    return { embeddings: tf.div(pooled, tf.maximum(tf.reshape(norms, [-1, 1]), NORM_FLOOR)), norms: norms as Tensor1D };
  });

/** `dx = (d − ê · (ê·d)) / ‖x‖` at the last tokens, `d / 1e-12` where the norm is below the floor, zero elsewhere. */
export const poolNormalizeBackwardReference = (d: Tensor2D, x: Tensor2D, last: Tensor1D, rows: number): Tensor2D =>
  tf.tidy(() => {
    const pooled = tf.gather(x, last);
    const norm = tf.sqrt(tf.sum(tf.square(pooled), 1, true));
    const floored = tf.maximum(norm, NORM_FLOOR);
    const unit = tf.div(pooled, floored);
    const along = tf.mul(unit, tf.sum(tf.mul(unit, d), 1, true));
    const tangent = tf.where(tf.broadcastTo(tf.greater(norm, NORM_FLOOR), d.shape), tf.sub(d, along), d);
    return tf.scatterND(tf.reshape(last, [-1, 1]), tf.div(tangent, floored), [rows, x.shape[1]]) as Tensor2D;
  });
