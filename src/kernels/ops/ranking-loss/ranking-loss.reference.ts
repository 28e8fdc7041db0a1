import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import type { Distillation, RankingLoss } from "../../types.ts";

const FORBIDDEN = -1e30;

/**
 * MultipleNegativesRankingLoss (Henderson 2017, as in sentence-transformers) and both gradients.
 * `S = scale·q·dᵀ`, loss = mean_i(logsumexp_j S_ij − S_ii), `dS = (softmax(S) − I) / n`, `dq = scale·dS·d`, `dd = scale·dSᵀ·q`.
 * A teacher adds the divergence over each query's group, `w·mean_i Σ_g p_ig (log p_ig − log q_ig)` with `q = softmax_G(S)`, whose
 * gradient in S is `w·(q − p) / n`: the `kl_div` of FlagEmbedding less the teacher's entropy, which is constant.
 * queries [n, hidden], documents [m ≥ n, hidden], mask [n, m] with 1 where a document is left out.
 */
export const rankingLossReference = (
  queries: Tensor2D,
  documents: Tensor2D,
  scale: number,
  mask: Tensor2D | null,
  distillation?: Distillation | null,
): RankingLoss =>
  tf.tidy(() => {
    const n = queries.shape[0];
    const similarity = tf.matMul(queries, documents, false, true) as Tensor2D;
    const scaled = tf.mul(similarity, scale);
    const s = mask === null ? scaled : tf.add(scaled, tf.mul(mask, FORBIDDEN));
    const right = tf.oneHot(tf.range(0, n, 1, "int32"), documents.shape[0]) as Tensor2D;
    const own = tf.sum(tf.mul(scaled, right), 1);
    const plain = tf.reshape(tf.mean(tf.sub(tf.logSumExp(s, 1), own)), [1]) as Tensor1D;
    const dPlain = tf.mul(tf.sub(tf.softmax(s), right), scale / n) as Tensor2D;
    const taught = distillation ? divergence(scaled as Tensor2D, distillation) : null;
    const loss = taught ? (tf.add(plain, taught.loss) as Tensor1D) : plain;
    const ds = taught ? (tf.add(dPlain, tf.mul(taught.dS, scale)) as Tensor2D) : dPlain;
    return {
      loss,
      similarity,
      sums: tf.stack([tf.sum(tf.mul(similarity, right)), tf.sum(similarity)]) as Tensor1D,
      dQueries: tf.matMul(ds, documents) as Tensor2D,
      dDocuments: tf.matMul(ds, queries, true) as Tensor2D,
    };
  });

/** The teacher's part and its gradient in S. */
const divergence = (scaled: Tensor2D, { teacher, weight }: Distillation): { loss: tf.Tensor; dS: tf.Tensor } => {
  const n = scaled.shape[0];
  const within = tf.cast(tf.greaterEqual(teacher, 0), "float32");
  const p = tf.maximum(teacher, 0);
  // Beside the group the score is forbidden, and p is 0: such documents have no part in either sum.
  const s = tf.add(scaled, tf.mul(tf.sub(1, within), FORBIDDEN));
  const logQ = tf.sub(scaled, tf.logSumExp(s, 1, true));
  const logP = tf.log(tf.where(tf.greater(p, 0), p, tf.onesLike(p)));
  return {
    loss: tf.reshape(tf.mul(tf.sum(tf.mul(p, tf.sub(logP, logQ))), weight / n), [1]),
    dS: tf.mul(tf.mul(within, tf.sub(tf.softmax(s), p)), weight / n),
  };
};
