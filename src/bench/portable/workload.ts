import { QWEN3_EMBEDDING_06B } from "../../domain/bases.ts";
import type { ModelConfig } from "../../domain/modelConfig.ts";
import { LEARNING_RATE, LORA, SCALE } from "../workload.ts";

/** One size of a training step: `2 · pairs` texts of `textTokens` each, all of one length, so that nobody pads. */
export interface StepSize {
  tokens: number;
  pairs: number;
  textTokens: number;
}

/** What is measured; PyTorch gets the same as a file. */
export interface Workload {
  config: ModelConfig;
  rank: number;
  alpha: number;
  scale: number;
  learningRate: number;
  steps: StepSize[];
  embedding: { texts: number; textTokens: number; batchTokens: number };
  /** Rows of the products that are timed alone. */
  matmulRows: number[];
  /** Steps of the flat-line check. */
  flatSteps: number;
}

const LONGEST_TEXT = 128;
const stepSize = (tokens: number): StepSize => {
  const textTokens = Math.min(LONGEST_TEXT, tokens / 8);
  return { tokens, textTokens, pairs: tokens / (2 * textTokens) };
};

const LEARNING = { ...LORA, scale: SCALE, learningRate: LEARNING_RATE };

/** The true shape of Qwen3-Embedding-0.6B. */
const FULL: Workload = {
  ...LEARNING,
  config: QWEN3_EMBEDDING_06B.config,
  steps: [512, 2048, 8192].map(stepSize),
  embedding: { texts: 256, textTokens: LONGEST_TEXT, batchTokens: 4096 },
  matmulRows: [512, 8192],
  flatSteps: 300,
};

/** Small enough for a software adapter, with the head of the large one. */
const SMALL: Workload = {
  ...LEARNING,
  config: { ...FULL.config, hidden: 128, layers: 2, heads: 2, kvHeads: 1, intermediate: 256, vocab: 512 },
  steps: [64, 128].map(stepSize),
  embedding: { texts: 8, textTokens: 16, batchTokens: 64 },
  matmulRows: [64],
  flatSteps: 10,
};

export const workloadFor = (small: boolean): Workload => (small ? SMALL : FULL);

/** Token `position` of text `text`; any two texts differ. */
const tokenAt = (text: number, position: number, vocab: number): number =>
  (131 * text + 31 * position + 7 * text * position + 11) % vocab;

/** `count` texts of one length. */
export const uniformTexts = (count: number, length: number, vocab: number): number[][] =>
  Array.from({ length: count }, (_, text) => Array.from({ length }, (_, position) => tokenAt(text, position, vocab)));
