import * as tf from "@tensorflow/tfjs-core";
import type { Kernels } from "../kernels/index.ts";
import { sequences } from "./numbers.ts";

const WIDTH = 128;
/** Every op once, forward and backward, at a head of 128. */
export const runAllOps = (kernels: Kernels): void => {
  const batch = kernels.packedBatch(sequences([3, 70]), 80);
  const x = tf.zeros<tf.Rank.R2>([80, WIDTH]);
  const vector = kernels.frozenVector(new Uint8Array(4 * WIDTH), "F32", WIDTH);
  const rope = kernels.ropeTable(WIDTH, 1e6, 128);
  const store = kernels.parameterStore([
    { name: "a", shape: [4, WIDTH] },
    { name: "b", shape: [WIDTH, 4] },
  ]);
  for (const dtype of ["BF16", "F16", "F32"] as const) {
    const weight = kernels.frozenMatrix(new Uint8Array((dtype === "F32" ? 4 : 2) * WIDTH * WIDTH), dtype, WIDTH, WIDTH);
    for (const lora of [null, { store, a: "a", b: "b", scaling: 2 }]) {
      kernels.linear(x, weight, lora, batch, x);
      kernels.linearBackward(x, x, weight, lora, batch, x);
    }
    kernels.embed(weight, batch);
  }
  kernels.rmsNorm(x, vector, 1e-6, batch);
  kernels.rmsNormBackward(x, x, vector, 1e-6, batch, x);
  kernels.headNormRope(x, vector, 1e-6, rope, batch);
  kernels.headNormRopeBackward(x, x, vector, 1e-6, rope, batch);
  const { y, lse } = kernels.attention(x, x, x, WIDTH, batch);
  kernels.attentionBackward(x, x, x, x, y, lse, WIDTH, batch);
  const { embeddings } = kernels.poolNormalize(x, batch);
  kernels.poolNormalizeBackward(embeddings, x, batch);
  kernels.swiglu(x, x, batch);
  kernels.swigluBackward(x, x, x, batch);
  for (const mask of [null, tf.zeros<tf.Rank.R2>([2, 2])]) kernels.rankingLoss(embeddings, embeddings, 20, mask);
  kernels.rankingLoss(embeddings, embeddings, 20, null, { teacher: tf.zeros<tf.Rank.R2>([2, 2]), weight: 1 });
  const settings = {
    learningRate: 1e-3,
    beta1: 0.9,
    beta2: 0.999,
    eps: 1e-8,
    weightDecay: 0.01,
    step: 1,
    maxGradNorm: 1,
  };
  kernels.adamW(store, settings);
  void kernels.candidates(embeddings, embeddings, new Float32Array(2), 2).catch(() => undefined); // nothing is read back
};
