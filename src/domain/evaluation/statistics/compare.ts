import { StudioError } from "../../errors.ts";
import { HEADLINE_METRIC } from "../metrics.ts";
import type { Comparison, MetricName, EvaluationSummary, RetrievalEvaluation, RetrievalTask } from "../types.ts";
import { bootstrapInterval } from "./bootstrap.ts";
import { minimumDetectableEffect } from "./detectable.ts";
import { signFlipTest } from "./signFlip.ts";

export interface CompareOptions {
  seed?: number;
  resamples?: number;
  permutations?: number;
  /** Gives the components where the evaluations do not carry them. */
  task?: RetrievalTask;
}

/** Metrics that the verdict table shows, the headline first. */
const COMPARED_METRICS: readonly MetricName[] = [
  HEADLINE_METRIC,
  "recall@5",
  "recall@3",
  "recall@1",
  "ndcg@10",
  "mrr@10",
  "map@100",
];

/**
 * Compares two evaluations of one task query by query. `improved` and `regressed` want both the 95 % interval on one
 * side of zero and p < 0.05; everything else is `inconclusive`.
 * Errors: `different-splits`, `different-tasks`, `no-queries`.
 */
export const compare = (
  baseline: RetrievalEvaluation,
  tuned: RetrievalEvaluation,
  metric: MetricName,
  options: CompareOptions = {},
): Comparison => {
  const { seed = 42, resamples, permutations, task } = options;
  assertComparable(baseline, tuned);
  const differences = tuned.perQuery.map(
    (result, i) => result.metrics[metric] - (baseline.perQuery[i]?.metrics[metric] ?? NaN),
  );
  const clusters = tuned.perQuery.map(
    ({ query, component }) => component ?? task?.queries[query]?.component ?? -1 - query,
  );
  const interval = bootstrapInterval(differences, { seed, resamples, clusters });
  const pValue = signFlipTest(differences, { seed: seed + 1, permutations, clusters });
  const verdict =
    pValue >= 0.05 ? "inconclusive" : interval[0] > 0 ? "improved" : interval[1] < 0 ? "regressed" : "inconclusive";
  return {
    metric,
    baseline: baseline.metrics[metric],
    tuned: tuned.metrics[metric],
    delta: tuned.metrics[metric] - baseline.metrics[metric],
    interval,
    pValue,
    minimumDetectableEffect: minimumDetectableEffect(differences, clusters),
    verdict,
    queries: differences.length,
    groups: new Set(clusters).size,
  };
};

/** The headline metrics in one go. */
export const compareAll = (
  baseline: RetrievalEvaluation,
  tuned: RetrievalEvaluation,
  options: CompareOptions = {},
): Comparison[] => COMPARED_METRICS.map((metric) => compare(baseline, tuned, metric, options));

/** Figures, with the single queries where they are at hand. */
type Comparable = EvaluationSummary & Partial<Pick<RetrievalEvaluation, "perQuery">>;

/** Two scores mean something beside each other only for the same questions asked of the same documents. */
export const assertComparable = (a: Comparable, b: Comparable): void => {
  if (a.splitHash !== b.splitHash)
    throw new StudioError(
      "different-splits",
      "These results come from different splits: their test questions are not the same.",
      "Evaluate both models on one split; the same data set and seed give the same split.",
    );
  const sameTask = a.taskHash === undefined || b.taskHash === undefined || a.taskHash === b.taskHash;
  const sameQueries =
    a.queries === b.queries &&
    (!a.perQuery || !b.perQuery || a.perQuery.every((result, i) => result.query === b.perQuery?.[i]?.query));
  if (!sameTask || !sameQueries || a.corpus !== b.corpus)
    throw new StudioError(
      "different-tasks",
      "These results come from the same split but were searched in different documents or for different questions.",
      "Evaluate both models with the same extra documents and the same side of the split.",
    );
  if (a.queries === 0)
    throw new StudioError("no-queries", "There is no test question to compare.", "Keep some pairs for testing.");
};

/** The comparison of the headline metric; none where the evaluations were not compared. */
export const headlineOf = (comparisons: readonly Comparison[]): Comparison | undefined =>
  comparisons.find(({ metric }) => metric === HEADLINE_METRIC);
