import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor1D } from "@tensorflow/tfjs-core";
import type { AdamWSettings } from "../../types.ts";

/** Added to the norm before dividing, as in `torch.nn.utils.clip_grad_norm_`. */
const CLIP_EPS = 1e-6;

const LARGEST = 3.4e38;

export interface AdamWState {
  values: Tensor1D;
  gradients: Tensor1D;
  moment1: Tensor1D;
  moment2: Tensor1D;
}

/** Columns of the first level; one long float32 sum would lose four digits over a million numbers. */
const ROW = 512;

const sumOfSquares = (x: Tensor1D): Tensor => {
  const rows = tf.reshape(tf.pad(tf.square(x), [[0, (ROW - (x.size % ROW)) % ROW]]), [-1, ROW]);
  return tf.sum(tf.sum(rows, 1));
};

/**
 * AdamW (Loshchilov & Hutter 2019) after clipping by global norm, over one flat buffer. In torch's order:
 * `p *= 1 − lr·wd`, then the moments, then `p −= lr/(1 − b1ᵗ) · m / (√v/√(1 − b2ᵗ) + eps)`. The norm, [1], is the one before clipping;
 * one that is not finite leaves values and moments as they were, as does `lastNorm` [1], the norm of the step before, when it was not.
 */
export const adamWReference = (
  state: AdamWState,
  lastNorm: Tensor1D,
  settings: AdamWSettings,
): Omit<AdamWState, "gradients"> & { norm: Tensor1D } =>
  tf.tidy(() => {
    const { learningRate, beta1, beta2, eps, weightDecay, step, maxGradNorm } = settings;
    const own = tf.reshape(tf.sqrt(sumOfSquares(state.gradients)), [1]);
    const norm = tf.add(own, tf.mul(0, lastNorm)) as Tensor1D;
    const g = tf.mul(state.gradients, tf.minimum(1, tf.div(maxGradNorm, tf.add(norm, CLIP_EPS))));
    const moment1 = tf.add(tf.mul(state.moment1, beta1), tf.mul(g, 1 - beta1)) as Tensor1D;
    const moment2 = tf.add(tf.mul(state.moment2, beta2), tf.mul(tf.square(g), 1 - beta2)) as Tensor1D;
    const denominator: Tensor = tf.add(tf.div(tf.sqrt(moment2), Math.sqrt(1 - beta2 ** step)), eps);
    const update = tf.mul(tf.div(moment1, denominator), learningRate / (1 - beta1 ** step));
    const values = tf.sub(tf.mul(state.values, 1 - learningRate * weightDecay), update) as Tensor1D;
    // False for NaN too.
    const finite = tf.lessEqual(norm, LARGEST);
    const keepOr = (next: Tensor1D, old: Tensor1D) => tf.where(tf.broadcastTo(finite, old.shape), next, old);
    return {
      values: keepOr(values, state.values),
      moment1: keepOr(moment1, state.moment1),
      moment2: keepOr(moment2, state.moment2),
      norm,
    };
  });
