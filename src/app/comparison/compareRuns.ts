import type { Comparison, MetricName, Metrics, RetrievalEvaluation, TaskQuery } from "../../domain/evaluation/types.ts";
import type { DataService } from "../../worker/data/protocol.ts";

/** 95 % interval of one model's own figures. */
export type MetricIntervals = Partial<Record<MetricName, [number, number]>>;

/** The statistics resample, so they do not belong on the page's own thread. */
export type ComparePorts = Pick<DataService, "compare">;

/** Everything Compare shows of one model against the pinned one. */
export interface ComparedModel {
  comparisons: Comparison[];
  intervals: MetricIntervals;
}

/**
 * What the statistics read of an evaluation: its rankings stay here. Evaluations of earlier versions do not say which component a
 * query belongs to; the task does.
 */
export const figuresOf = (
  evaluation: RetrievalEvaluation,
  queries: readonly TaskQuery[] = [],
): RetrievalEvaluation => ({
  ...evaluation,
  perQuery: evaluation.perQuery.map(({ query, bestRank, metrics, component = queries[query]?.component }) => ({
    query,
    bestRank,
    top: [],
    scores: [],
    metrics,
    ...(component !== undefined && { component }),
  })),
});

/** A model that finds nothing: what a figure differs from it by is the figure itself. */
const nothing = (like: RetrievalEvaluation): RetrievalEvaluation => {
  const zeros = (metrics: Metrics) => Object.fromEntries(Object.keys(metrics).map((name) => [name, 0])) as Metrics;
  return {
    ...like,
    label: "nothing",
    metrics: zeros(like.metrics),
    perQuery: like.perQuery.map((result) => ({ ...result, bestRank: null, metrics: zeros(result.metrics) })),
  };
};

/**
 * Judges one evaluation against a pinned one on the same queries; null for the pinned one itself. A model's own intervals come from the
 * same clustered bootstrap, as the difference from a model that finds nothing.
 */
export const compareModel = async (
  queries: readonly TaskQuery[],
  pinned: RetrievalEvaluation | null,
  evaluation: RetrievalEvaluation,
  { compare }: ComparePorts,
): Promise<ComparedModel> => {
  const figures = figuresOf(evaluation, queries);
  const [comparisons, own] = await Promise.all([
    pinned ? compare(figuresOf(pinned, queries), figures) : [],
    compare(nothing(figures), figures),
  ]);
  return { comparisons, intervals: Object.fromEntries(own.map(({ metric, interval }) => [metric, interval])) };
};
