import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D } from "@tensorflow/tfjs-core";
import type { StepReport } from "../../domain/training/types.ts";
import type { Kernels } from "../../kernels/types.ts";
import type { BatchResult } from "./gradCache.ts";

/** What the device tells of a step. */
export type StepNumbers = Pick<
  StepReport,
  "loss" | "gradNorm" | "positiveSimilarity" | "negativeSimilarity" | "embeddingNorm"
>;

/**
 * Brings the numbers of a step back from the device in one transfer, behind which the next step may already be recorded; frees their
 * tensors at once. `norm` [1] is the gradient's before clipping.
 */
export const readStep = async (kernels: Kernels, batch: BatchResult, norm: Tensor1D): Promise<StepNumbers> => {
  const [queries, documents] = batch.similarity.shape;
  const reading = kernels.read([batch.loss, norm, batch.sums, ...batch.norms]);
  reading.catch(() => undefined); // awaited below; on a lost device the next line may throw
  tf.dispose({ ...batch, norm });
  const [loss, gradNorm, sums, ...norms] = await reading;
  const [own, all] = sums as unknown as [number, number];
  const others = queries * (documents - 1);
  const texts = norms.flatMap((part) => [...part]);
  return {
    loss: loss?.[0] as number,
    gradNorm: gradNorm?.[0] as number,
    embeddingNorm: texts.reduce((sum, length) => sum + length, 0) / texts.length,
    positiveSimilarity: own / queries,
    negativeSimilarity: others === 0 ? 0 : (all - own) / others,
  };
};
