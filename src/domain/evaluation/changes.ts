import { assertComparable } from "./statistics/compare.ts";
import type { RetrievalEvaluation } from "./types.ts";

/** What became of the best placed right document of a query. */
export interface RankChange {
  /** Index into the task's queries. */
  query: number;
  /** 1-based; null beyond the first 100. */
  before: number | null;
  after: number | null;
  /** Places gained (positive) or lost; a document beyond 100 counts as rank 101. */
  change: number;
  kind: "improved" | "regressed" | "unchanged";
}

const BEYOND = 101;

/**
 * The queries of two evaluations by how far the best right document moved, largest moves first.
 * Errors: those of `assertComparable`.
 */
export const rankChanges = (baseline: RetrievalEvaluation, tuned: RetrievalEvaluation): RankChange[] => {
  assertComparable(baseline, tuned);
  return tuned.perQuery
    .map(({ query, bestRank: after }, i): RankChange => {
      const before = baseline.perQuery[i]?.bestRank ?? null;
      const change = (before ?? BEYOND) - (after ?? BEYOND);
      return { query, before, after, change, kind: change > 0 ? "improved" : change < 0 ? "regressed" : "unchanged" };
    })
    .sort((a, b) => Math.abs(b.change) - Math.abs(a.change) || a.query - b.query);
};

/** How many queries each kind has. */
export const countChanges = (changes: readonly RankChange[]): Record<RankChange["kind"], number> => {
  const counts = { improved: 0, regressed: 0, unchanged: 0 };
  for (const { kind } of changes) counts[kind]++;
  return counts;
};
