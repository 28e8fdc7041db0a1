import { verdictSentence } from "./statistics/verdict.ts";
import type { Comparison, MetricName, RetrievalEvaluation } from "./types.ts";

/** Strengths of the adapter that are tried: 0 is the baseline, 1 what was trained. */
export const STRENGTHS = [0, 0.25, 0.5, 0.75, 1] as const;

/** Full, half, quarter and eighth of the dimension. */
export const matryoshkaDims = (dim: number): number[] => [1, 2, 4, 8].map((part) => Math.floor(dim / part));

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
  /** The sentence alone is better than the base's own prompt, beyond chance. */
  wins: boolean;
  sentence: string;
}

/** The verdict on a prompt-only variant, from its comparison with the baseline prompt. */
export const judgeInstruction = (comparison: Comparison): InstructionResult => {
  const wins = comparison.verdict === "improved";
  const note = wins ? " The sentence alone does this, without any training." : "";
  return { wins, sentence: verdictSentence(comparison) + note };
};
