import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import type { RankingLoss } from "../../types.ts";

const FORBIDDEN = -1e30;

/**
 * MultipleNegativesRankingLoss (Henderson 2017, as in sentence-transformers) and both gradients.
 * `S = scale·q·dᵀ`, loss = mean_i(logsumexp_j S_ij − S_ii), `dS = (softmax(S) − I) / n`, `dq = scale·dS·d`, `dd = scale·dSᵀ·q`.
 * queries [n, hidden], documents [m ≥ n, hidden], mask [n, m] with 1 where a document is left out.
 */
export const rankingLossReference = (
  queries: Tensor2D,
  documents: Tensor2D,
  scale: number,
  mask: Tensor2D | null,
): RankingLoss =>
  tf.tidy(() => {
    const n = queries.shape[0];
    const similarity = tf.matMul(queries, documents, false, true) as Tensor2D;
    const scaled = tf.mul(similarity, scale);
    const s = mask === null ? scaled : tf.add(scaled, tf.mul(mask, FORBIDDEN));
    const right = tf.oneHot(tf.range(0, n, 1, "int32"), documents.shape[0]) as Tensor2D;
    const own = tf.sum(tf.mul(scaled, right), 1);
    const loss = tf.reshape(tf.mean(tf.sub(tf.logSumExp(s, 1), own)), [1]) as Tensor1D;
    const ds = tf.mul(tf.sub(tf.softmax(s), right), scale / n) as Tensor2D;
    return {
      loss,
      similarity,
      dQueries: tf.matMul(ds, documents) as Tensor2D,
      dDocuments: tf.matMul(ds, queries, true) as Tensor2D,
    };
  });
