import { detectableChange, METRIC_NAMES, verdictSentence } from "../../src/domain/evaluation/index.ts";
import type { Comparison, Metrics } from "../../src/domain/evaluation/types.ts";

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

const signed = (share: number): string => `${share < 0 ? "" : "+"}${(100 * share).toFixed(2)}`;

/** Every change in points with its interval, p and the smallest change that these queries can show; then the verdict in words. */
export const comparisonLines = (comparisons: readonly Comparison[]): string[] => [
  ["tuned − base".padEnd(14), "change", "95 % interval", "p", "detectable from", "verdict"].join("  "),
  ...comparisons.map((comparison) => {
    const { metric, delta, interval, pValue, verdict } = comparison;
    return [
      metric.padEnd(14),
      signed(delta),
      `[${signed(interval[0])}, ${signed(interval[1])}]`,
      pValue.toFixed(4),
      (100 * detectableChange(comparison)).toFixed(1),
      verdict,
    ].join("  ");
  }),
  ...comparisons.slice(0, 1).map((comparison) => verdictSentence(comparison)),
];
