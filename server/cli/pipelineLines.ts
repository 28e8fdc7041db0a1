import {
  compareAll,
  evaluateHybrid,
  headlineOf,
  HYBRID_LABELS,
  mixingSentence,
  verdictSentence,
} from "../../src/domain/evaluation/index.ts";
import type { Comparison, Metrics, RetrievalEvaluation, RetrievalTask } from "../../src/domain/evaluation/types.ts";

/** Hybrid search with either model, and what each step adds: most search engines mix both, so that is where tuning has to show. */
export interface Pipeline {
  baseline: Metrics;
  tuned: Metrics;
  /** Hybrid search with the tuned model against hybrid search with the base. */
  comparisons: Comparison[];
  /** Hybrid search with the tuned model against BM25 alone. */
  againstBm25: Comparison[];
  /** Hybrid search with the tuned model against the tuned model alone. */
  againstTuned: Comparison[];
}

/** Hybrid search with the base and with the tuned model. */
export type HybridLines = readonly [RetrievalEvaluation, RetrievalEvaluation];

export const hybridOf = (
  task: RetrievalTask,
  lexical: RetrievalEvaluation,
  baseline: RetrievalEvaluation,
  tuned: RetrievalEvaluation,
): HybridLines => [
  evaluateHybrid(task, lexical, baseline, HYBRID_LABELS[0]),
  evaluateHybrid(task, lexical, tuned, HYBRID_LABELS[1]),
];

export const comparePipeline = (
  task: RetrievalTask,
  lexical: RetrievalEvaluation,
  tuned: RetrievalEvaluation,
  [before, after]: HybridLines,
): Pipeline => {
  return {
    baseline: before.metrics,
    tuned: after.metrics,
    comparisons: compareAll(before, after, { task }),
    againstBm25: compareAll(lexical, after, { task }),
    againstTuned: compareAll(tuned, after, { task }),
  };
};

/** The verdicts in words: against hybrid search with the base, against words alone, and against vectors alone. */
export const hybridLines = ({ comparisons, againstBm25, againstTuned }: Pipeline): string[] => {
  const tuned = "Hybrid search with the tuned model";
  const sentence = (compared: readonly Comparison[], reference: string): string[] => {
    const headline = headlineOf(compared);
    return headline ? [verdictSentence(headline, { model: tuned, reference })] : [];
  };
  const alone = headlineOf(againstTuned);
  const mixing = alone ? mixingSentence(alone) : null;
  return [
    ...sentence(comparisons, "hybrid search with the base"),
    ...sentence(againstBm25, "BM25 alone"),
    ...(mixing === null ? [] : [mixing]),
  ];
};
