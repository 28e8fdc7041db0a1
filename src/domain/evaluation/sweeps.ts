import { evaluateRetrieval, type TaskEmbeddings } from "./evaluate.ts";
import { truncateAndNormalise } from "./rank.ts";
import { compare } from "./statistics/compare.ts";
import { verdictSentence } from "./statistics/verdict.ts";
import type { Comparison, MetricName, RetrievalEvaluation, RetrievalTask } from "./types.ts";

/** Strengths of the adapter that are tried: 0 is the baseline, 1 what was trained. */
export const STRENGTHS = [0, 0.25, 0.5, 0.75, 1] as const;

/** Full, half, quarter and eighth of the dimension. */
export const matryoshkaDims = (dim: number): number[] => [1, 2, 4, 8].map((part) => Math.floor(dim / part));

export interface DimensionPoint {
  dim: number;
  evaluation: RetrievalEvaluation;
}

/** Scores shortened embeddings (cut, then normalised again) from one pass of the model. */
export const sweepDimensions = (
  input: TaskEmbeddings,
  dims: readonly number[] = matryoshkaDims(input.dim),
): DimensionPoint[] =>
  dims.map((dim) => ({
    dim,
    evaluation: evaluateRetrieval({
      ...input,
      queryEmbeddings: truncateAndNormalise(input.queryEmbeddings, input.dim, dim),
      corpusEmbeddings: truncateAndNormalise(input.corpusEmbeddings, input.dim, dim),
      dim,
      label: `${input.label} ${dim}`,
    }),
  }));

export interface StrengthPoint {
  strength: number;
  evaluation: RetrievalEvaluation;
}

/**
 * Scores the adapter at several strengths. A strength changes every embedding, so each needs a pass of the model; strength
 * 0 is the baseline, whose embeddings may be at hand. Use the dev task: the test is scored once.
 */
export const sweepStrengths = async (
  task: RetrievalTask,
  embed: (strength: number) => Promise<Pick<TaskEmbeddings, "queryEmbeddings" | "corpusEmbeddings" | "dim">>,
  strengths: readonly number[] = STRENGTHS,
): Promise<StrengthPoint[]> => {
  const points: StrengthPoint[] = [];
  for (const strength of strengths) {
    const evaluation = evaluateRetrieval({ task, ...(await embed(strength)), label: `strength ${strength}` });
    points.push({ strength, evaluation });
  }
  return points;
};

/** The point with the best metric; the first of equals, so a smaller strength or the full dimension wins a tie. */
export const bestPoint = <Point extends { evaluation: RetrievalEvaluation }>(
  points: readonly Point[],
  metric: MetricName,
): Point | null =>
  points.reduce<Point | null>(
    (best, point) => (best && best.evaluation.metrics[metric] >= point.evaluation.metrics[metric] ? best : point),
    null,
  );

/** What another task sentence does to the untrained model. */
export interface InstructionResult {
  comparison: Comparison;
  /** The sentence alone is better than the base's own prompt, beyond chance. */
  wins: boolean;
  sentence: string;
}

/** Compares a prompt-only variant with the baseline prompt. */
export const judgeInstruction = (
  baseline: RetrievalEvaluation,
  variant: RetrievalEvaluation,
  metric: MetricName = "recall@10",
): InstructionResult => {
  const comparison = compare(baseline, variant, metric);
  const wins = comparison.verdict === "improved";
  const note = wins ? " The instruction alone does this, without any training." : "";
  return { comparison, wins, sentence: verdictSentence(comparison) + note };
};
