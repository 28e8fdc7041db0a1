import type { LoraAdapter } from "../engine/model/lora.ts";
import type { Qwen3Model } from "../engine/model/model.ts";
import { batchGradient, type Chunk } from "../engine/training/gradCache.ts";
import { readStep } from "../engine/training/readback.ts";
import { LEARNING_RATE, SCALE, type BenchBatch } from "./workload.ts";

/** A batch in chunks of `chunkSize` pairs. */
const chunksOf = ({ queries, documents }: BenchBatch, chunkSize: number): Chunk[] => {
  const chunks: Chunk[] = [];
  for (let start = 0; start < queries.length; start += chunkSize) {
    const part = (texts: number[][]) => texts.slice(start, start + chunkSize).map((ids) => Int32Array.from(ids));
    chunks.push({ queries: part(queries), documents: part(documents) });
  }
  return chunks;
};

/**
 * A function that trains one step: forward, loss, backward, AdamW, and the loss read back.
 *
 * @param chunkSize  pairs embedded at once (GradCache); the batch size for one chunk
 * @param capacity   rows of the activation tensors, fixed so that buffers are reused
 */
export const engineStep = (
  model: Qwen3Model,
  adapter: LoraAdapter,
  { chunkSize, capacity }: { chunkSize: number; capacity: number },
): ((batch: BenchBatch) => Promise<{ loss: number; gradNorm: number }>) => {
  let steps = 0;
  return async (batch) => {
    steps += 1;
    const options = { scale: SCALE, mask: null, dims: [] };
    const result = batchGradient(model, adapter, chunksOf(batch, chunkSize), options, capacity);
    const norm = model.kernels.adamW(adapter.store, {
      learningRate: LEARNING_RATE,
      beta1: 0.9,
      beta2: 0.999,
      eps: 1e-8,
      weightDecay: 0.01,
      step: steps,
      maxGradNorm: 1,
    });
    const { loss, gradNorm } = await readStep(model.kernels, result, norm);
    return { loss, gradNorm };
  };
};
