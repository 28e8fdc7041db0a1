import {
  columnSlices,
  compareAll,
  detectableChange,
  evaluationOf,
  headlineOf,
  LEAST_QUERIES,
  METRIC_NAMES,
  ownIntervals,
  RECALLS,
  SLICES_NOTE,
  slicesOf,
  VERDICT_WORDS,
  verdictSentence,
} from "../../src/domain/evaluation/index.ts";
import { at } from "../../src/domain/present.ts";
import type { Comparison, Metrics, RetrievalEvaluation, RetrievalTask } from "../../src/domain/evaluation/types.ts";

/** A table in percent, one column a model, as wide as its name wants. */
export const metricLines = (columns: Record<string, Metrics>): string[] => {
  const width = Math.max(10, ...Object.keys(columns).map((name) => name.length + 2));
  return [
    ["".padEnd(14), ...Object.keys(columns).map((name) => name.padStart(width))].join(""),
    ...METRIC_NAMES.map((metric) =>
      [
        metric.padEnd(14),
        ...Object.values(columns).map((metrics) => (100 * metrics[metric]).toFixed(2).padStart(width)),
      ].join(""),
    ),
  ];
};

/** Each line's own recall@k with its 95 % interval, a row a line. */
export const intervalLines = (lines: Record<string, RetrievalEvaluation>): string[] => {
  const width = Math.max(14, ...Object.keys(lines).map((name) => name.length + 2));
  const percent = (value: number): string => (100 * value).toFixed(1);
  return [
    ["95 % intervals".padEnd(width), ...RECALLS.map((metric) => metric.padStart(COLUMN))].join(""),
    ...Object.entries(lines).map(([name, evaluation]) => {
      const own = ownIntervals(evaluation);
      const cell = (metric: (typeof RECALLS)[number]): string =>
        `${percent(evaluation.metrics[metric])} [${own[metric].map(percent).join(", ")}]`;
      return [name.padEnd(width), ...RECALLS.map((metric) => cell(metric).padStart(COLUMN))].join("");
    }),
  ];
};

/** `100.0 [100.0, 100.0]` and a gap. */
const COLUMN = 22;

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
      VERDICT_WORDS[verdict],
    ].join("  ");
  }),
  ...comparisons.slice(0, 1).map((comparison) => verdictSentence(comparison)),
];

/** Tuned against base for kinds of questions, with intervals; of kinds with few questions only that they were left out. */
export const slices = (task: RetrievalTask, baseline: RetrievalEvaluation, tuned: RetrievalEvaluation) =>
  [
    ...slicesOf(
      task.queries.map(({ text, relevant }) => ({ text, answers: relevant.map((place) => at(task.corpus, place)) })),
    ),
    ...(task.columns ?? []).flatMap(columnSlices),
  ]
    .filter(({ queries }) => queries.length >= LEAST_QUERIES)
    .flatMap(({ by, name, queries }) => {
      const [before, after] = [evaluationOf(baseline, { queries }), evaluationOf(tuned, { queries })];
      const headline = headlineOf(compareAll(before, after, { task }));
      return headline ? [{ by, name, ...headline }] : [];
    });

/** The value of a column behind its name, cut to the table's width. */
const titled = (by: string, name: string): string => {
  const title = by.startsWith("column ") ? `${by.slice("column ".length)}: ${name}` : name;
  return title.length > 27 ? `${title.slice(0, 26)}…` : title;
};

/** {@link slices} as a table. */
export const sliceLines = (rows: ReturnType<typeof slices>): string[] =>
  rows.length === 0
    ? []
    : [
        [
          "questions".padEnd(28),
          "number".padStart(7),
          "base".padStart(8),
          "tuned".padStart(8),
          "  change  95 % interval",
        ].join(""),
        ...rows.map(({ by, name, queries = 0, baseline, tuned, delta, interval }) =>
          [
            titled(by, name).padEnd(28),
            String(queries).padStart(7),
            (100 * baseline).toFixed(2).padStart(8),
            (100 * tuned).toFixed(2).padStart(8),
            `  ${signed(delta)}  [${signed(interval[0])}, ${signed(interval[1])}]`,
          ].join(""),
        ),
        `recall@10; kinds of fewer than ${LEAST_QUERIES} queries are left out. ${SLICES_NOTE}`,
      ];
