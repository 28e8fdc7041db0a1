import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import type { Distillation, Kernels } from "../../kernels/types.ts";

export interface LossOptions {
  /** 1 / temperature. */
  scale: number;
  /** [queries, documents] of 0/1, 1 removes a document from a query's sum; null is the plain loss. */
  mask: Tensor2D | null;
  /** A teacher's probabilities over each query's own documents; null learns from labels alone. */
  distillation?: Distillation | null;
  /** Matryoshka dimensions whose losses are summed; empty is the full dimension alone. */
  dims: readonly number[];
}

export interface ContrastiveLoss {
  /** [1] */
  loss: Tensor1D;
  /** [queries, documents] cosines at the full dimension, or at the largest Matryoshka dimension. */
  similarity: Tensor2D;
  /** [2]: sums of the queries' own cosines, and of all. */
  sums: Tensor1D;
  /** [queries, hidden] and [documents, hidden] */
  dQueries: Tensor2D;
  dDocuments: Tensor2D;
}

/**
 * MultipleNegativesRankingLoss, optionally inside MatryoshkaLoss: the *sum* over the dimensions of the losses of the
 * truncated and re-normalized embeddings (Kusupati et al. 2022, as sentence-transformers computes it). A teacher's part belongs to
 * the loss, and is summed with it.
 *
 * @param queries   [queries, hidden], L2-normalized rows
 * @param documents [documents, hidden], L2-normalized; row i answers query i, the rest are hard negatives
 */
export const contrastiveLoss = (
  kernels: Kernels,
  queries: Tensor2D,
  documents: Tensor2D,
  options: LossOptions,
): ContrastiveLoss => {
  const { dims } = options;
  const hidden = queries.shape[1];
  const [first, ...rest] = dims.length === 0 ? [hidden] : dims.toSorted((a, b) => b - a);
  const total = lossAt(kernels, queries, documents, options, first as number);
  for (const dim of rest) {
    const part = lossAt(kernels, queries, documents, options, dim);
    const sum = {
      loss: tf.add(total.loss, part.loss) as Tensor1D,
      dQueries: tf.add(total.dQueries, part.dQueries) as Tensor2D,
      dDocuments: tf.add(total.dDocuments, part.dDocuments) as Tensor2D,
    };
    tf.dispose([total.loss, total.dQueries, total.dDocuments, ...Object.values(part)]);
    Object.assign(total, sum);
  }
  return total;
};

const lossAt = (
  kernels: Kernels,
  queries: Tensor2D,
  documents: Tensor2D,
  { scale, mask, distillation }: LossOptions,
  dim: number,
): ContrastiveLoss => {
  if (dim === queries.shape[1]) return kernels.rankingLoss(queries, documents, scale, mask, distillation);
  const q = truncate(queries, dim);
  const d = truncate(documents, dim);
  const { loss, similarity, sums, dQueries, dDocuments } = kernels.rankingLoss(q, d, scale, mask, distillation);
  const result = {
    loss,
    similarity,
    sums,
    dQueries: truncateBackward(dQueries, queries, q, dim),
    dDocuments: truncateBackward(dDocuments, documents, d, dim),
  };
  tf.dispose([q, d, dQueries, dDocuments]);
  return result;
};

/** The floor of `torch.nn.functional.normalize`. */
const SMALLEST_NORM = 1e-12;

const truncatedNorm = (x: Tensor2D, dim: number): tf.Tensor => {
  const cut = tf.slice(x, [0, 0], [-1, dim]);
  return tf.maximum(tf.sqrt(tf.sum(tf.square(cut), 1, true)), SMALLEST_NORM);
};

/** u = x[:dim] / ‖x[:dim]‖ */
const truncate = (x: Tensor2D, dim: number): Tensor2D =>
  tf.tidy(() => tf.div(tf.slice(x, [0, 0], [-1, dim]), truncatedNorm(x, dim)) as Tensor2D);

/** dx[:dim] = (du − u · (u·du)) / ‖x[:dim]‖, zero beyond. */
const truncateBackward = (du: Tensor2D, x: Tensor2D, u: Tensor2D, dim: number): Tensor2D =>
  tf.tidy(() => {
    const along = tf.sum(tf.mul(u, du), 1, true);
    const dx = tf.div(tf.sub(du, tf.mul(u, along)), truncatedNorm(x, dim));
    return tf.pad(dx, [
      [0, 0],
      [0, x.shape[1] - dim],
    ]) as Tensor2D;
  });
