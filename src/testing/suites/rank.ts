import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { rankTopK, truncateAndNormalize } from "../../domain/evaluation/index.ts";
import { rankOnDevice } from "../../engine/embed/rank.ts";
import type { KernelSession } from "../../kernels/index.ts";
import { numbers } from "../numbers.ts";

/** A task large enough for the device, with equal scores far apart: the rankings equal those of the reference to the last bit. */
export const expectReferenceRankings = async ({ kernels, device }: KernelSession): Promise<void> => {
  const [queries, documents, dim] = [150, 6000, 256];
  const corpusEmbeddings = truncateAndNormalize(numbers(documents * dim, 1), dim);
  corpusEmbeddings.copyWithin(4000 * dim, 0, 500 * dim);
  const input = { queryEmbeddings: truncateAndNormalize(numbers(queries * dim, 2), dim), corpusEmbeddings, dim };
  const tensors = tf.memory().numTensors;
  let asked = 0;
  const counting = {
    ...kernels,
    candidates: (...args: Parameters<typeof kernels.candidates>) => (asked++, kernels.candidates(...args)),
  };
  const rankings = await rankOnDevice({ kernels: counting, device: { ...device, slow: false } }, input);
  expect(asked).toBeGreaterThan(1);
  expect(rankings).toEqual(rankTopK(input));
  expect(tf.memory().numTensors).toBe(tensors);
};
