import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { rankTopK, truncateAndNormalise } from "../domain/evaluation/index.ts";
import { createKernels } from "../kernels/index.ts";
import { numbers } from "../kernels/test-data.ts";
import { rankOnDevice } from "./rank.ts";

test.each(["wgsl", "plain"] as const)("ranking on the device equals plain ranking, %s", async (path) => {
  const { kernels } = await createKernels({ device: path, backends: ["webgpu"] });
  const [queries, documents, dim] = [150, 6000, 256];
  const corpusEmbeddings = truncateAndNormalise(numbers(documents * dim, 1), dim);
  // Copies of documents far apart make equal scores.
  corpusEmbeddings.copyWithin(4000 * dim, 0, 500 * dim);
  const input = { queryEmbeddings: truncateAndNormalise(numbers(queries * dim, 2), dim), corpusEmbeddings, dim };
  const before = tf.memory().numTensors;
  expect(await rankOnDevice(kernels, input)).toEqual(rankTopK(input));
  expect(tf.memory().numTensors).toBe(before);
});
