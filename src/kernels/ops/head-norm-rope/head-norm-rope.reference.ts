import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { rmsNormBackwardReference, rmsNormReference } from "../rms-norm/rms-norm.reference.ts";

/** cos and sin of every position, [positions, headDim / 2] each; both halves of a head share them. */
export interface RopeTensors {
  cos: Tensor2D;
  sin: Tensor2D;
}

/** Rotates the pairs (i, i + half) of every head by `direction` · angle. x [rows, heads, headDim]. */
const rotate = (x: Tensor, { cos, sin }: RopeTensors, positions: Tensor1D, direction: 1 | -1): Tensor => {
  const half = cos.shape[1];
  const [low, high] = tf.split(x, 2, 2) as [Tensor, Tensor];
  const c = tf.reshape(tf.gather(cos, positions), [-1, 1, half]);
  const s = tf.mul(tf.reshape(tf.gather(sin, positions), [-1, 1, half]), direction);
  return tf.concat([tf.sub(tf.mul(low, c), tf.mul(high, s)), tf.add(tf.mul(high, c), tf.mul(low, s))], 2);
};

/** RMSNorm of each head with one weight [headDim], then rotary embedding. x [rows, heads·headDim], positions [rows]. */
export const headNormRopeReference = (
  x: Tensor2D,
  w: Tensor1D,
  eps: number,
  table: RopeTensors,
  positions: Tensor1D,
): Tensor2D =>
  tf.tidy(() => {
    const headDim = w.shape[0];
    const normed = rmsNormReference(tf.reshape(x, [-1, headDim]), w, eps);
    return tf.reshape(rotate(tf.reshape(normed, [x.shape[0], -1, headDim]), table, positions, 1), [
      x.shape[0],
      x.shape[1],
    ]);
  });

/** The rotation's transpose is the rotation back; then the backward of RMSNorm. */
export const headNormRopeBackwardReference = (
  dy: Tensor2D,
  x: Tensor2D,
  w: Tensor1D,
  eps: number,
  table: RopeTensors,
  positions: Tensor1D,
): Tensor2D =>
  tf.tidy(() => {
    const headDim = w.shape[0];
    const back = rotate(tf.reshape(dy, [x.shape[0], -1, headDim]), table, positions, -1);
    const dx = rmsNormBackwardReference(tf.reshape(back, [-1, headDim]), tf.reshape(x, [-1, headDim]), w, eps);
    return tf.reshape(dx, [x.shape[0], x.shape[1]]);
  });
