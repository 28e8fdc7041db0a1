import { z } from "zod";
import type { StepReport } from "../../src/domain/training/types.ts";

/** One line of `--log`, in the names that Python's tools use. */
export const logLine = (report: StepReport) => ({
  step: report.step,
  total_steps: report.totalSteps,
  epoch: report.epoch,
  loss: report.loss,
  grad_norm: report.gradNorm,
  learning_rate: report.learningRate,
  positive_similarity: report.positiveSimilarity,
  negative_similarity: report.negativeSimilarity,
  embedding_norm: report.embeddingNorm,
  tokens: report.tokens,
  pairs_per_second: report.pairsPerSecond,
  tokens_per_second: report.tokensPerSecond,
  eta_seconds: report.etaSeconds,
  bytes: report.bytes,
});

const number = z.number();
const line = z.object({
  step: number,
  total_steps: number,
  epoch: number,
  loss: number,
  grad_norm: number,
  learning_rate: number,
  positive_similarity: number,
  negative_similarity: number,
  embedding_norm: number,
  tokens: number.optional(),
  pairs_per_second: number,
  tokens_per_second: number,
  eta_seconds: number,
  bytes: number,
});

/** The steps that a log holds. @throws ZodError where a line is not one of {@link logLine} */
export const readStepLog = (text: string): StepReport[] =>
  text
    .split("\n")
    .filter((row) => row.trim() !== "")
    .map((row) => line.parse(JSON.parse(row)))
    .map((row) => ({
      step: row.step,
      totalSteps: row.total_steps,
      epoch: row.epoch,
      loss: row.loss,
      gradNorm: row.grad_norm,
      learningRate: row.learning_rate,
      positiveSimilarity: row.positive_similarity,
      negativeSimilarity: row.negative_similarity,
      embeddingNorm: row.embedding_norm,
      ...(row.tokens === undefined ? {} : { tokens: row.tokens }),
      pairsPerSecond: row.pairs_per_second,
      tokensPerSecond: row.tokens_per_second,
      etaSeconds: row.eta_seconds,
      bytes: row.bytes,
    }));
