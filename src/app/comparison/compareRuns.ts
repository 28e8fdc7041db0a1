import type {
  Comparison,
  MetricName,
  Metrics,
  RetrievalEvaluation,
  RetrievalTask,
} from "../../domain/evaluation/types.ts";

/** 95 % interval of one model's own figures. */
export type MetricIntervals = Partial<Record<MetricName, [number, number]>>;

/** The statistics, wherever they are computed; they resample, so they do not belong on the page's own thread. */
export interface ComparePorts {
  compare(task: RetrievalTask, baseline: RetrievalEvaluation, tuned: RetrievalEvaluation): Promise<Comparison[]>;
}

/** Everything Compare shows of one model against the pinned one. */
export interface ComparedModel {
  comparisons: Comparison[];
  intervals: MetricIntervals;
}

/** A model that finds nothing: what a figure differs from it by is the figure itself. */
const nothing = (like: RetrievalEvaluation): RetrievalEvaluation => {
  const zeros = (metrics: Metrics) => Object.fromEntries(Object.keys(metrics).map((name) => [name, 0])) as Metrics;
  return {
    ...like,
    label: "nothing",
    metrics: zeros(like.metrics),
    perQuery: like.perQuery.map(({ query, metrics }) => ({
      query,
      bestRank: null,
      top: [],
      scores: [],
      metrics: zeros(metrics),
    })),
  };
};

/**
 * Judges one evaluation against a pinned one on the same task; null for the pinned one itself. A model's own intervals come from the
 * same clustered bootstrap, as the difference from a model that finds nothing.
 */
export const compareModel = async (
  task: RetrievalTask,
  pinned: RetrievalEvaluation | null,
  evaluation: RetrievalEvaluation,
  { compare }: ComparePorts,
): Promise<ComparedModel> => {
  const [comparisons, own] = await Promise.all([
    pinned ? compare(task, pinned, evaluation) : [],
    compare(task, nothing(evaluation), evaluation),
  ]);
  return { comparisons, intervals: Object.fromEntries(own.map(({ metric, interval }) => [metric, interval])) };
};
