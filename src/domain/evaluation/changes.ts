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
  /**
   * `won`: the right document entered the first ten, `lost`: it left them, `stayed`: neither. A move from 87 to 54 helps
   * nobody who reads ten results, and recall@10 does not see it either.
   */
  kind: "won" | "lost" | "stayed";
}

const BEYOND = 101;
/** The results that people read, and that the headline metric counts. */
const FIRST = 10;

const kindOf = (before: number, after: number): RankChange["kind"] => {
  if (before > FIRST && after <= FIRST) return "won";
  return before <= FIRST && after > FIRST ? "lost" : "stayed";
};

/**
 * The queries of two evaluations by how far the best right document moved: first those that crossed the first ten, then the
 * others, the largest moves first.
 * Errors: those of `assertComparable`.
 */
export const rankChanges = (baseline: RetrievalEvaluation, tuned: RetrievalEvaluation): RankChange[] => {
  assertComparable(baseline, tuned);
  return tuned.perQuery
    .map(({ query, bestRank: after }, i): RankChange => {
      const before = baseline.perQuery[i]?.bestRank ?? null;
      const [from, to] = [before ?? BEYOND, after ?? BEYOND];
      return { query, before, after, change: from - to, kind: kindOf(from, to) };
    })
    .sort(byWeight);
};

/** Crossing the first ten weighs more than any move on one side of it. */
export const byWeight = (a: RankChange, b: RankChange): number =>
  Number(b.kind !== "stayed") - Number(a.kind !== "stayed") ||
  Math.abs(b.change) - Math.abs(a.change) ||
  a.query - b.query;

/** How many queries each kind has. */
export const countChanges = (changes: readonly RankChange[]): Record<RankChange["kind"], number> => {
  const counts = { won: 0, lost: 0, stayed: 0 };
  for (const { kind } of changes) counts[kind]++;
  return counts;
};

/** `12 of 93 queries now find their answer in the first ten results; 3 no longer do.` */
export const crossingSentence = (changes: readonly RankChange[]): string => {
  const { won, lost } = countChanges(changes);
  const all = `${changes.length.toLocaleString("en")} ${changes.length === 1 ? "query" : "queries"}`;
  if (won === 0 && lost === 0) return `None of the ${all} gained or lost its answer in the first ten results.`;
  const now = (count: number) =>
    `${count.toLocaleString("en")} of ${all} now ${count === 1 ? "finds its" : "find their"}`;
  if (won === 0)
    return `${lost.toLocaleString("en")} of ${all} no longer ${lost === 1 ? "finds its" : "find their"} answer in the first ten results; no other gained it.`;
  const rest = lost === 0 ? "none lost it" : `${lost.toLocaleString("en")} no longer ${lost === 1 ? "does" : "do"}`;
  return `${now(won)} answer in the first ten results; ${rest}.`;
};
