import type { MetricName } from "../../../domain/evaluation/types.ts";
import type { Shown } from "./useComparisonSet.ts";

/** A model's figure with its own interval, as charts take it. */
export const measured = ({ evaluation, compared }: Shown, metric: MetricName) => ({
  value: evaluation.metrics[metric],
  interval: compared?.status === "done" ? compared.intervals[metric] : undefined,
});
