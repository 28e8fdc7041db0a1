import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { at } from "../../../domain/present.ts";

/**
 * Causal grouped-query attention (Vaswani 2017; Ainslie 2023) of each segment, `y = softmax(q·kᵀ/√d + mask)·v`, over all segments of a
 * batch in padded groups: a handful of tfjs ops a layer instead of a handful for every segment.
 */

/** Segments that are padded to one length and computed together. */
export interface PaddedGroup {
  segments: number;
  length: number;
  /** [segments·length] rows of the packed batch; padding repeats row 0. */
  rows: Tensor1D;
  /** [segments·length, 1] one where a row is real. */
  real: Tensor2D;
}

/** How a packed batch is padded and brought back. */
export interface PaddedLayout {
  groups: PaddedGroup[];
  /** [tokens] where each token lies in the groups' rows, one group after the other. */
  back: Tensor1D;
}

/** Padded scores (squares of lengths) of a head that are always few enough, and the most per real score otherwise. */
const SMALL = 65_536;
const WASTE = 2;
/** Added to a score that the causal mask forbids. */
const FORBIDDEN = -1e30;

/** @param offsets start of every segment, then the number of tokens */
export const padLayout = (offsets: Int32Array): PaddedLayout => {
  const lengthOf = (segment: number): number => at(offsets, segment + 1) - at(offsets, segment);
  const byLength = Array.from({ length: offsets.length - 1 }, (_, s) => s).sort((a, b) => lengthOf(a) - lengthOf(b));
  const back = new Int32Array(at(offsets, -1));
  let taken = 0;
  const groups = split(byLength, lengthOf).map((segments) => {
    const length = Math.max(...segments.map(lengthOf));
    const rows = new Int32Array(segments.length * length);
    const real = new Float32Array(rows.length);
    segments.forEach((segment, s) => {
      for (let i = 0; i < lengthOf(segment); i++) {
        rows[s * length + i] = at(offsets, segment) + i;
        real[s * length + i] = 1;
        back[at(offsets, segment) + i] = taken + s * length + i;
      }
    });
    taken += rows.length;
    return {
      segments: segments.length,
      length,
      rows: tf.keep(tf.tensor1d(rows, "int32")),
      real: tf.keep(tf.tensor2d(real, [real.length, 1])),
    };
  });
  return { groups, back: tf.keep(tf.tensor1d(back, "int32")) };
};

export const disposeLayout = ({ groups, back }: PaddedLayout): void =>
  tf.dispose([back, ...groups.flatMap(({ rows, real }) => [rows, real])]);

/** Halves a list of segments, sorted by length, until padding wastes little. */
const split = (segments: number[], lengthOf: (segment: number) => number): number[][] => {
  const padded = segments.length * lengthOf(at(segments, -1)) ** 2;
  const real = segments.reduce((sum, segment) => sum + lengthOf(segment) ** 2, 0);
  if (segments.length === 1 || padded <= SMALL || padded <= WASTE * real) return [segments];
  const middle = segments.length >> 1;
  return [...split(segments.slice(0, middle), lengthOf), ...split(segments.slice(middle), lengthOf)];
};

/** q [rows, heads·headDim], k and v [rows, kvHeads·headDim] → y as q, lse [rows, heads], for the real rows of the batch. */
export const attentionReference = (
  q: Tensor2D,
  k: Tensor2D,
  v: Tensor2D,
  headDim: number,
  layout: PaddedLayout,
): { y: Tensor2D; lse: Tensor2D } =>
  tf.tidy(() => {
    const kvHeads = k.shape[1] / headDim;
    const parts = layout.groups.map((group) => {
      const s = scores(byHead(q, group, kvHeads, headDim), byHead(k, group, kvHeads, headDim), group.length);
      const lse = tf.logSumExp(s, 2, true) as Tensor3D;
      const y = tf.matMul(tf.exp(tf.sub(s, lse)), byHead(v, group, kvHeads, headDim)) as Tensor3D;
      return { y: byToken(y, group), lse: byToken(lse, group) };
    });
    return {
      y: collect(
        parts.map(({ y }) => y),
        layout,
      ),
      lse: collect(
        parts.map(({ lse }) => lse),
        layout,
      ),
    };
  });

/**
 * With `P` the softmax and `D = rowsum(dy · y)`: `dV = Pᵀ·dy`, `dS = P · (dy·Vᵀ − D)`, `dq = dS·K/√d`, `dk = dSᵀ·q/√d`; key and
 * value heads sum over the query heads that they serve. Padding has no upstream gradient, so nothing flows from it.
 */
export const attentionBackwardReference = (
  dy: Tensor2D,
  q: Tensor2D,
  k: Tensor2D,
  v: Tensor2D,
  y: Tensor2D,
  headDim: number,
  layout: PaddedLayout,
): { dq: Tensor2D; dk: Tensor2D; dv: Tensor2D } =>
  tf.tidy(() => {
    const kvHeads = k.shape[1] / headDim;
    const parts = layout.groups.map((group) => {
      const heads = (x: Tensor2D) => byHead(x, group, kvHeads, headDim);
      const [qH, kH, vH, yH] = [heads(q), heads(k), heads(v), heads(y)];
      const dyH = byHead(dy, group, kvHeads, headDim, true);
      const p = tf.softmax(scores(qH, kH, group.length)) as Tensor3D;
      const dp = tf.matMul(dyH, vH, false, true);
      const ds = tf.mul(tf.mul(p, tf.sub(dp, tf.sum(tf.mul(dyH, yH), 2, true))), headDim ** -0.5);
      return [tf.matMul(ds, kH), tf.matMul(ds, qH, true), tf.matMul(p, dyH, true)].map((x) =>
        byToken(x as Tensor3D, group),
      );
    });
    const [dq, dk, dv] = [0, 1, 2].map((i) =>
      collect(
        parts.map((part) => at(part, i)),
        layout,
      ),
    ) as [Tensor2D, Tensor2D, Tensor2D];
    return { dq, dk, dv };
  });

/** [rows, heads·headDim] → [segments·kvHeads, group·length, headDim]: the query heads of one key head lie together. */
const byHead = (
  x: Tensor2D,
  { segments, length, rows, real }: PaddedGroup,
  kvHeads: number,
  headDim: number,
  zeroed = false,
): Tensor3D => {
  const share = x.shape[1] / headDim / kvHeads;
  const gathered = tf.gather(x, rows);
  const padded = zeroed ? tf.mul(gathered, real) : gathered;
  return tf.reshape(tf.transpose(tf.reshape(padded, [segments, length, kvHeads, share, headDim]), [0, 2, 3, 1, 4]), [
    segments * kvHeads,
    share * length,
    headDim,
  ]);
};

/** The inverse of `byHead`, still padded: [segments·length, heads·width]. */
const byToken = (x: Tensor3D, { segments, length }: PaddedGroup): Tensor2D => {
  const [batches, rows, width] = x.shape;
  const kvHeads = batches / segments;
  const share = rows / length;
  return tf.reshape(tf.transpose(tf.reshape(x, [segments, kvHeads, share, length, width]), [0, 3, 1, 2, 4]), [
    segments * length,
    kvHeads * share * width,
  ]);
};

const collect = (parts: Tensor2D[], { back }: PaddedLayout): Tensor2D =>
  tf.gather(parts.length === 1 ? at(parts, 0) : (tf.concat(parts, 0) as Tensor2D), back);

/** Scaled scores with the causal mask, [batches, share·length, length]. Keys of the padding lie after every real query. */
const scores = (q: Tensor3D, k: Tensor3D, length: number): Tensor3D => {
  const row = tf.range(0, length, 1, "float32");
  const future = tf.cast(tf.less(tf.reshape(row, [length, 1]), tf.reshape(row, [1, length])), "float32");
  const mask = tf.tile(tf.mul(future, FORBIDDEN), [q.shape[1] / length, 1]);
  return tf.add(tf.mul(tf.matMul(q, k, false, true), k.shape[2] ** -0.5), mask);
};
