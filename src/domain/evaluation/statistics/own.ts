import type { MetricName, RetrievalEvaluation } from "../types.ts";
import { bootstrapInterval } from "./bootstrap.ts";

/** Metrics whose own intervals tables and exports give for each line. */
export const RECALLS = ["recall@1", "recall@3", "recall@5", "recall@10"] as const satisfies readonly MetricName[];

/** 95 % interval of one line's own figures. */
type OwnIntervals = Record<(typeof RECALLS)[number], [number, number]>;

/** As a verdict's, so that a line has one interval wherever it stands. */
const SEED = 42;

/**
 * How far a line's own recall@k may be off: percentile bootstrap over groups of queries, as for differences. Two lines whose intervals
 * overlap may still differ surely, because both answer the same questions: their paired difference decides.
 *
 * @param evaluation  of at least one query
 */
export const ownIntervals = ({ perQuery }: Pick<RetrievalEvaluation, "perQuery">): OwnIntervals => {
  const clusters = perQuery.map(({ query, component }) => component ?? -1 - query);
  const interval = (metric: MetricName) =>
    bootstrapInterval(
      perQuery.map(({ metrics }) => metrics[metric]),
      { seed: SEED, clusters },
    );
  return Object.fromEntries(RECALLS.map((metric) => [metric, interval(metric)])) as OwnIntervals;
};
