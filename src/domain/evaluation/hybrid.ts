import { evaluateRankings } from "./evaluate.ts";
import { fuseWithScores } from "./fuse.ts";
import { DEPTH } from "./metrics.ts";
import type { Rankings } from "./rank.ts";
import type { RankedTask, RetrievalEvaluation } from "./types.ts";

/** Labels of hybrid search in figures that leave the studio. */
export const HYBRID_LABELS = ["hybrid baseline", "hybrid tuned"] as const;

/**
 * Hybrid search: the first 100 of word matching and of a model, fused by reciprocal rank. Most search engines that offer both run
 * this, so it says what a model adds where it is really used.
 *
 * @param task  what both were scored on
 * @param label  of the result, such as `hybrid tuned`
 */
export const evaluateHybrid = (
  task: RankedTask,
  lexical: RetrievalEvaluation,
  dense: RetrievalEvaluation,
  label: string,
): RetrievalEvaluation => {
  const steps = hybridByQuery(task, lexical, dense, label);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
};

/** {@link evaluateHybrid} with a rest after each query, for a thread that has other things to do. */
export function* hybridByQuery(
  task: RankedTask,
  lexical: RetrievalEvaluation,
  dense: RetrievalEvaluation,
  label: string,
): Generator<void, RetrievalEvaluation> {
  const start = performance.now();
  // Queries without a relevant document were not scored, and have no ranking.
  const rankings: Rankings = { top: task.queries.map(() => []), scores: task.queries.map(() => []) };
  const words = new Map(lexical.perQuery.map(({ query, top }) => [query, top]));
  for (const { query, top } of dense.perQuery) {
    const fused = fuseWithScores([words.get(query) ?? [], top], DEPTH);
    rankings.top[query] = fused.map(({ document }) => document);
    rankings.scores[query] = fused.map(({ score }) => score);
    yield;
  }
  return evaluateRankings(task, rankings, label, (performance.now() - start) / 1000);
}
