import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";

/** Added to a score that the causal mask forbids. */
const FORBIDDEN = -1e30;

/** [length, heads·headDim] → [kvHeads, group·length, headDim]: the query heads of one key head lie together. */
const byKeyHead = (x: Tensor2D, kvHeads: number, headDim: number): Tensor3D => {
  const [length, width] = x.shape;
  const group = width / headDim / kvHeads;
  return tf.reshape(tf.transpose(tf.reshape(x, [length, kvHeads, group, headDim]), [1, 2, 0, 3]), [
    kvHeads,
    group * length,
    headDim,
  ]);
};

/** The inverse of `byKeyHead`. */
const byToken = (x: Tensor3D, length: number): Tensor2D => {
  const [kvHeads, rows, headDim] = x.shape;
  const group = rows / length;
  return tf.reshape(tf.transpose(tf.reshape(x, [kvHeads, group, length, headDim]), [2, 0, 1, 3]), [
    length,
    kvHeads * group * headDim,
  ]);
};

/** Scaled and masked scores of one segment, [kvHeads, group·length, length]. */
const scores = (q: Tensor3D, k: Tensor3D): Tensor3D => {
  const length = k.shape[1];
  const group = q.shape[1] / length;
  const row = tf.range(0, length, 1, "float32");
  const future = tf.cast(tf.less(tf.reshape(row, [length, 1]), tf.reshape(row, [1, length])), "float32");
  const mask = tf.tile(tf.mul(future, FORBIDDEN), [group, 1]);
  return tf.add(tf.mul(tf.matMul(q, k, false, true), k.shape[2] ** -0.5), mask);
};

/**
 * Causal grouped-query attention of one segment (Vaswani 2017; Ainslie 2023): `y = softmax(q·kᵀ/√d + mask)·v`.
 * q [length, heads·headDim], k and v [length, kvHeads·headDim] → y as q, lse [length, heads].
 */
export const attentionReference = (
  q: Tensor2D,
  k: Tensor2D,
  v: Tensor2D,
  headDim: number,
): { y: Tensor2D; lse: Tensor2D } =>
  tf.tidy(() => {
    const kvHeads = k.shape[1] / headDim;
    const s = scores(byKeyHead(q, kvHeads, headDim), byKeyHead(k, kvHeads, headDim));
    const lse = tf.logSumExp(s, 2, true) as Tensor3D;
    const p = tf.exp(tf.sub(s, lse));
    return {
      y: byToken(tf.matMul(p, byKeyHead(v, kvHeads, headDim)) as Tensor3D, q.shape[0]),
      lse: byToken(lse, q.shape[0]),
    };
  });

/**
 * With `P` the softmax and `D = rowsum(dy · y)`: `dV = Pᵀ·dy`, `dS = P · (dy·Vᵀ − D)`, `dq = dS·K/√d`, `dk = dSᵀ·q/√d`;
 * key and value heads sum over the query heads that they serve.
 */
export const attentionBackwardReference = (
  dy: Tensor2D,
  q: Tensor2D,
  k: Tensor2D,
  v: Tensor2D,
  y: Tensor2D,
  headDim: number,
): { dq: Tensor2D; dk: Tensor2D; dv: Tensor2D } =>
  tf.tidy(() => {
    const kvHeads = k.shape[1] / headDim;
    const length = q.shape[0];
    const [dyH, qH, kH, vH, yH] = [dy, q, k, v, y].map((x) => byKeyHead(x, kvHeads, headDim)) as [
      Tensor3D,
      Tensor3D,
      Tensor3D,
      Tensor3D,
      Tensor3D,
    ];
    const p = tf.softmax(scores(qH, kH)) as Tensor3D;
    const dp = tf.matMul(dyH, vH, false, true);
    const ds = tf.mul(tf.mul(p, tf.sub(dp, tf.sum(tf.mul(dyH, yH), 2, true))), headDim ** -0.5);
    return {
      dq: byToken(tf.matMul(ds, kH) as Tensor3D, length),
      dk: byToken(tf.matMul(ds, qH, true) as Tensor3D, length),
      dv: byToken(tf.matMul(p, dyH, true) as Tensor3D, length),
    };
  });
