import { projectionShape, PROJECTIONS, type ModelConfig } from "../../domain/modelConfig.ts";
import type { StepSize } from "./workload.ts";

/** Multiplications and additions a token of all projections in one forward pass, their LoRA included where there is a rank. */
const projectionFlops = (config: ModelConfig, rank: number): number =>
  config.layers *
  PROJECTIONS.map((projection) => projectionShape(config, projection)).reduce(
    (sum, [out, input]) => sum + 2 * out * input + 2 * rank * (out + input),
    0,
  );

/** Of causal attention in one forward pass, a token of a text of this length: half of q·k and of p·v on average. */
const attentionFlops = ({ layers, heads, headDim }: ModelConfig, length: number): number =>
  layers * 2 * heads * headDim * length;

/**
 * What a training step has to compute: the forward pass once, its gradients by the inputs once more (weights are frozen), those of
 * LoRA's factors twice, attention's gradient at twice and a half its forward pass. Passes that an engine repeats do not count.
 */
export const stepFlops = (config: ModelConfig, rank: number, { tokens, textTokens }: StepSize): number => {
  const [withLora, frozen] = [projectionFlops(config, rank), projectionFlops(config, 0)];
  return tokens * (2 * frozen + 3 * (withLora - frozen) + 3.5 * attentionFlops(config, textTokens));
};

/** What embedding has to compute, without LoRA. */
export const embeddingFlops = (config: ModelConfig, tokens: number, textTokens: number): number =>
  tokens * (projectionFlops(config, 0) + attentionFlops(config, textTokens));
