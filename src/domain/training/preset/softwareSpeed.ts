import { parameterCount, type ModelConfig } from "../../modelConfig.ts";
import type { Hyperparameters } from "../types.ts";

/**
 * Operations a second without a hardware GPU, on two cores that have some other work: a quiet pair does half as much again
 * (docs/performance.md).
 */
const SOFTWARE_OPERATIONS = 10e9;

/** The usual query prompt, in tokens. */
export const PROMPT_TOKENS = 19;

/** Operations a token of one pass forward: two a weight, without the token table, which is only looked up. */
const passOperations = (base: ModelConfig): number => 2 * (parameterCount(base) - base.vocab * base.hidden);

/**
 * What a training step costs, in passes forward over its tokens: forward and backward, and half as much again where the batch is cut into
 * chunks, which GradCache embeds twice. Measured (docs/performance.md).
 */
export const stepPasses = (batchSize: number, chunkSize: number): number => (chunkSize < batchSize ? 4 : 2.7);

/** Pairs a second that training without a hardware GPU may be expected to reach. */
export const softwarePairsPerSecond = (base: ModelConfig, tokensPerPair: number, passes: number): number =>
  SOFTWARE_OPERATIONS / (passes * passOperations(base) * tokensPerPair);

/** Tokens of a run's texts, for {@link softwareSeconds}. */
export interface RunTokens {
  /** Of the training pairs, once. */
  train: number;
  /** Of the documents that are searched. */
  documents: number;
  devQueries: number;
  testQueries: number;
}

/**
 * Seconds from start to verdict without a hardware GPU: the steps; baseline and tuned model on the test; dev at the start, where the
 * documents are known already, and at each scoring.
 */
export const softwareSeconds = (
  base: ModelConfig,
  { batchSize, chunkSize, epochs }: Pick<Hyperparameters, "batchSize" | "chunkSize" | "epochs">,
  scorings: number,
  { train, documents, devQueries, testQueries }: RunTokens,
): number => {
  const passed =
    epochs * stepPasses(batchSize, chunkSize) * train +
    2 * (documents + testQueries) +
    devQueries +
    scorings * (documents + devQueries);
  return (passed * passOperations(base)) / SOFTWARE_OPERATIONS;
};
