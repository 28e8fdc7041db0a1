/** What bounds the engine's memory; the estimate before a run counts with the same numbers. */
import type { ModelConfig } from "../modelConfig.ts";

const FLOAT = 4;

/** Activations that a forward pass keeps for the backward pass at most; the rest is computed again, layer by layer. */
export const KEPT_ACTIVATION_BYTES = 192 * 2 ** 20;

/** Tokens embedded at once when a model is scored. */
export const EMBED_BATCH_TOKENS = 4096;

/**
 * What a chunk may take on a graphics card. WebGPU does not tell how much memory a card has; where this is too much, the chunk is halved
 * when the card says so.
 */
export const CHUNK_BYTES = 2 * 2 ** 30;

type Widths = Pick<ModelConfig, "hidden" | "heads" | "headDim" | "kvHeads" | "intermediate" | "layers">;

/**
 * Bytes of a training chunk beside weights and adapter: one input a layer, the activations that are kept, and the working set of one layer's
 * backward pass. Buffers are pooled and never shrink, so the larger of a chunk and a scoring batch counts.
 */
export const chunkBytes = (config: Widths, tokens: number): number => {
  const layerWidth = 6 * config.hidden + 6 * config.heads * config.headDim + 6 * config.intermediate;
  const kept = Math.min(KEPT_ACTIVATION_BYTES, tokens * FLOAT * config.layers * activationWidth(config));
  const inputs = tokens * FLOAT * config.layers * config.hidden;
  return kept + inputs + Math.max(tokens, EMBED_BATCH_TOKENS) * FLOAT * layerWidth;
};

/** Float32 values a token of one layer's activations, as kept for the backward pass. */
export const activationWidth = (config: Omit<Widths, "layers">): number =>
  3 * config.hidden +
  3 * config.heads * config.headDim +
  3 * config.kvHeads * config.headDim +
  config.heads +
  3 * config.intermediate;
