import type { Hyperparameters } from "../domain/training/types.ts";
import type { BaseOffer } from "./bases.ts";

/** What a run will ask of the device, computed from sizes; nothing here is measured. */
export interface RunEstimate {
  steps: number;
  /** Trained parameters of the adapter. */
  trainable: number;
  /** GPU bytes at the peak, with every text at the token limit. */
  memoryBytes: number;
  /** Adapter, optimiser and artifact files in the browser's storage. */
  diskBytes: number;
  /** Floating-point operations of the training steps, with texts of `tokensPerText`. */
  operations: number;
}

const FLOAT = 4;

/** Outputs and inputs of the seven projections, summed: LoRA's A and B hold `rank` rows and columns of each. */
const adaptedWidth = (base: BaseOffer): number => {
  const q = base.heads * base.headDim;
  const kv = base.kvHeads * base.headDim;
  return 2 * (base.hidden + q) + 2 * (base.hidden + kv) + 3 * (base.hidden + base.intermediate);
};

/**
 * Memory is BF16 weights, the adapter with gradient and two moments, one kept input a layer (checkpointing) and the
 * working set of one layer's backward pass for one chunk. Operations: two forward passes (GradCache) and a backward
 * pass that computes no gradient of frozen weights, each about 2 · parameters · tokens.
 */
export const estimateRun = (
  base: BaseOffer,
  settings: Hyperparameters,
  pairs: number,
  tokensPerText: number,
): RunEstimate => {
  const steps = Math.ceil(pairs / settings.batchSize) * settings.epochs;
  const trainable = base.layers * adaptedWidth(base) * settings.rank;
  const chunkTokens = Math.min(settings.chunkSize, settings.batchSize) * 2 * settings.maxTokens;
  const layerWidth = 6 * base.hidden + 6 * base.heads * base.headDim + 6 * base.intermediate;
  const memoryBytes =
    base.parameters * 2 + trainable * FLOAT * 4 + chunkTokens * FLOAT * (base.layers * base.hidden + layerWidth);
  const tokens = pairs * 2 * tokensPerText * settings.epochs;
  return {
    steps,
    trainable,
    memoryBytes,
    diskBytes: trainable * FLOAT * 5,
    operations: 3 * 2 * base.parameters * tokens,
  };
};
