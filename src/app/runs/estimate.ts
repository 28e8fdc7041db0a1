import { projectionShape, PROJECTIONS } from "../../domain/modelConfig.ts";
import { chunkBytes } from "../../domain/training/memory.ts";
import type { Hyperparameters } from "../../domain/training/types.ts";
import type { BaseOffer } from "../device/bases.ts";

/** What a run will ask of the device, computed from sizes; nothing here is measured. */
export interface RunEstimate {
  steps: number;
  /** Trained parameters of the adapter. */
  trainable: number;
  /** GPU bytes at the peak, with every text at the token limit. */
  memoryBytes: number;
  /** Adapter, optimizer and artifact files in the browser's storage. */
  diskBytes: number;
  /** Floating-point operations of the training steps, with texts of `tokensPerText`. */
  operations: number;
}

const FLOAT = 4;

/** Numbers of LoRA's A and B over all layers. */
const loraParameters = (base: BaseOffer, rank: number): number =>
  base.layers *
  PROJECTIONS.reduce((sum, projection) => {
    const [out, input] = projectionShape(base, projection);
    return sum + rank * (out + input);
  }, 0);

/**
 * Memory is BF16 weights, the adapter with gradient and two moments, and a training chunk. Operations: two forward passes (GradCache) and a
 * backward pass without gradients of frozen weights, each about 2 · parameters · tokens.
 */
export const estimateRun = (
  base: BaseOffer,
  settings: Hyperparameters,
  pairs: number,
  tokensPerText: number,
): RunEstimate => {
  const steps = Math.ceil(pairs / settings.batchSize) * settings.epochs;
  const trainable = loraParameters(base, settings.rank);
  const chunkTokens = Math.min(settings.chunkSize, settings.batchSize) * 2 * settings.maxTokens;
  const memoryBytes = base.parameters * 2 + trainable * FLOAT * 4 + chunkBytes(base, chunkTokens);
  const tokens = pairs * 2 * tokensPerText * settings.epochs;
  return {
    steps,
    trainable,
    memoryBytes,
    diskBytes: trainable * FLOAT * 5,
    operations: 3 * 2 * base.parameters * tokens,
  };
};
