import { at } from "../../../domain/present.ts";
import { embedSequences } from "../../../engine/embed/embedder.ts";
import { median } from "../../timing.ts";
import { uniformTexts, type Workload } from "../workload.ts";
import type { StepBench } from "./step.ts";

export interface EmbeddingResult {
  texts: number;
  textTokens: number;
  batchTokens: number;
  seconds: number;
  tokensPerSecond: number;
  /** Cosine of the first two texts, which PyTorch must find too. */
  cosine: number;
}

const ROUNDS = 3;

/** Embedding as the studio does it when it scores a model. */
export const measureEmbedding = async (
  { model }: StepBench,
  { embedding: { texts, textTokens, batchTokens } }: Workload,
): Promise<EmbeddingResult> => {
  const sequences = uniformTexts(texts, textTokens, model.config.vocab).map((ids) => Int32Array.from(ids));
  const run = () => embedSequences(model, null, sequences, { tokenBudget: batchTokens });
  const { data, dim } = await run(); // compiles
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const started = performance.now();
    await run();
    times.push((performance.now() - started) / 1000);
  }
  const seconds = median(times);
  let cosine = 0;
  for (let i = 0; i < dim; i++) cosine += at(data, i) * at(data, dim + i);
  return { texts, textTokens, batchTokens, seconds, tokensPerSecond: (texts * textTokens) / seconds, cosine };
};
