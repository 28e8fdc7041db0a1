import * as tf from "@tensorflow/tfjs-core";
import { type RankInput, type Rankings, rankTopK, rankTopKByCandidates } from "../../domain/evaluation/index.ts";
import { yieldToEventLoop } from "../../domain/yieldToEventLoop.ts";
import type { KernelSession } from "../../kernels/index.ts";

/** Below this many products float64 on the processor answers in a fraction of a second. */
const SMALL = 2e8;
/** Queries looked at together: bounds the lists, and on tfjs ops the block of similarities. */
const QUERIES = 1024;
/** Twice and more what a block of documents in no order brings for the evaluator's depth of 100. */
const ROOM = 256;

/**
 * The exact rankings of `rankTopK`, with the products of large tasks on the device: at most 1,024 queries × 16,384 documents
 * are looked at together, and no matrix of similarities is kept. WebGPU in software is slower than the processor itself and
 * is left out.
 */
export const rankOnDevice = async (
  { kernels, device }: Pick<KernelSession, "kernels" | "device">,
  input: RankInput,
  signal?: AbortSignal,
): Promise<Rankings> => {
  const { queryEmbeddings, corpusEmbeddings, dim, onProgress } = input;
  const queries = queryEmbeddings.length / dim;
  const documents = corpusEmbeddings.length / dim;
  const software = kernels.path === "wgsl" && device.slow;
  if (software || queries * documents * dim < SMALL || dim % 4 !== 0) return rankTopK(input);
  const rankings: Rankings = { top: [], scores: [] };
  for (let first = 0; first < queries; first += QUERIES) {
    const part = queryEmbeddings.subarray(first * dim, (first + QUERIES) * dim);
    const rows = part.length / dim;
    const asked = tf.tensor2d(part, [rows, dim]);
    try {
      const found = await rankTopKByCandidates(
        {
          ...input,
          queryEmbeddings: part,
          onProgress: (done) => onProgress?.(first + (rows * done) / documents, queries),
        },
        async (from, to, thresholds) => {
          signal?.throwIfAborted();
          await yieldToEventLoop();
          const block = tf.tensor2d(corpusEmbeddings.subarray(from * dim, to * dim), [to - from, dim]);
          try {
            return { ...(await kernels.candidates(asked, block, thresholds, ROOM)), room: ROOM };
          } finally {
            block.dispose();
          }
        },
      );
      rankings.top.push(...found.top);
      rankings.scores.push(...found.scores);
    } finally {
      asked.dispose();
    }
  }
  return rankings;
};
