/** What bounds the engine's memory; the estimate before a run counts with the same numbers. */
import type { ModelConfig } from "../modelConfig.ts";

/** Activations that a forward pass keeps for the backward pass at most; the rest is computed again, layer by layer. */
export const KEPT_ACTIVATION_BYTES = 192 * 2 ** 20;

/** Tokens embedded at once when a model is scored. */
export const EMBED_BATCH_TOKENS = 4096;

/** Float32 values a token of one layer's activations, as kept for the backward pass. */
export const activationWidth = (config: ModelConfig): number =>
  3 * config.hidden +
  3 * config.heads * config.headDim +
  3 * config.kvHeads * config.headDim +
  config.heads +
  3 * config.intermediate;
