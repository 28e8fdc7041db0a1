import Papa from "papaparse";
import { HYBRID_LABELS } from "../hybrid.ts";
import { RERANK_LABELS } from "../rerank.ts";
import { METRIC_NAMES } from "../metrics.ts";
import type { RankChange } from "../changes.ts";
import type { Comparison, MetricName, RetrievalEvaluation, TaskQuery } from "../types.ts";

/** A line with its own 95 % intervals, where they were computed. */
interface ExportedLine extends RetrievalEvaluation {
  intervals?: Partial<Record<MetricName, readonly [number, number]>>;
}

/** A cell that a spreadsheet would run as a formula gets an apostrophe. */
const csv = (rows: Record<string, unknown>[]): string =>
  `${Papa.unparse(rows, { escapeFormulae: /^[=+\-@\t\r](?!\d)/, newline: "\n" })}\n`;

/** Every metric with one column per evaluation, the statistics where a comparison has them, and each line's own interval. */
export const metricsCsv = (evaluations: readonly ExportedLine[], comparisons: readonly Comparison[] = []): string =>
  csv(
    METRIC_NAMES.map((metric) => {
      const comparison = comparisons.find((entry) => entry.metric === metric);
      return {
        metric,
        ...Object.fromEntries(evaluations.map(({ label, metrics }) => [label, metrics[metric]])),
        delta: comparison?.delta ?? null,
        interval_low: comparison?.interval[0] ?? null,
        interval_high: comparison?.interval[1] ?? null,
        p_value: comparison?.pValue ?? null,
        minimum_detectable_effect: comparison?.minimumDetectableEffect ?? null,
        verdict: comparison?.verdict ?? null,
        ...Object.fromEntries(
          evaluations.flatMap(({ label, intervals }) =>
            intervals
              ? [
                  [`${label} low`, intervals[metric]?.[0] ?? null],
                  [`${label} high`, intervals[metric]?.[1] ?? null],
                ]
              : [],
          ),
        ),
      };
    }),
  );

/** One line per query with its ranks; the texts of the queries are in it. */
export const changesCsv = (queries: readonly Pick<TaskQuery, "text">[], changes: readonly RankChange[]): string =>
  csv(
    changes.map(({ query, before, after, change, kind }) => ({
      query: queries[query]?.text ?? "",
      rank_before: before,
      rank_after: after,
      change,
      kind,
    })),
  );

/** What ranks: cosine, BM25, both by reciprocal rank fusion, or what wrote a run file. */
const prefixOf = ({ label, external }: RetrievalEvaluation): string =>
  external
    ? "run"
    : label === "bm25"
      ? "bm25"
      : HYBRID_LABELS.some((one) => one === label)
        ? "rrf"
        : RERANK_LABELS.some((one) => one === label)
          ? "rerank"
          : "cosine";

/** Metrics under sentence-transformers' names: `cosine_recall@10`, `bm25_recall@10` for the lexical line, `rrf_recall@10` for hybrid search, `rerank_recall@10` for that with a reranker, `run_recall@10` for another system's run. */
export const metricsJson = (evaluations: readonly ExportedLine[], comparisons: readonly Comparison[] = []): string =>
  `${JSON.stringify(
    {
      results: evaluations.map((evaluation) => {
        const { label, metrics, queries, corpus, splitHash, taskHash, measuredOn, seconds, intervals } = evaluation;
        const prefix = prefixOf(evaluation);
        return {
          label,
          queries,
          corpus,
          split_hash: splitHash,
          task_hash: taskHash ?? null,
          measured_on: measuredOn ?? "real questions",
          seconds,
          metrics: Object.fromEntries(METRIC_NAMES.map((name) => [`${prefix}_${name}`, metrics[name]])),
          ...(intervals && {
            intervals: Object.fromEntries(
              Object.entries(intervals).map(([name, interval]) => [`${prefix}_${name}`, interval]),
            ),
          }),
        };
      }),
      comparisons,
    },
    null,
    2,
  )}\n`;
