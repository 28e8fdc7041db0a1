import { METRIC_NAMES } from "../../src/domain/evaluation/index.ts";
import type { Metrics } from "../../src/domain/evaluation/types.ts";

/** A table in percent, one column a model. */
export const metricLines = (columns: Record<string, Metrics>): string[] => [
  ["".padEnd(14), ...Object.keys(columns).map((name) => name.padStart(10))].join(""),
  ...METRIC_NAMES.map((metric) =>
    [
      metric.padEnd(14),
      ...Object.values(columns).map((metrics) => (100 * metrics[metric]).toFixed(2).padStart(10)),
    ].join(""),
  ),
];
