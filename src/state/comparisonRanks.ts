import type { RetrievalEvaluation } from "../domain/evaluation/types.ts";

/** What a query's best placed right document did between two models. */
export interface RankChange {
  /** Index into the task's queries. */
  query: number;
  /** 1-based; null is beyond the top 100. */
  before: number | null;
  after: number | null;
  /** Places gained; beyond the top 100 counts as place 101. */
  gain: number;
  kind: "improved" | "regressed" | "unchanged";
}

/** Where a rank beyond the list counts. */
export const BEYOND = 101;

/** Rank changes of all queries that both models answered, the greatest loss first, then the greatest gain, ties by query. */
export const rankChanges = (before: RetrievalEvaluation, after: RetrievalEvaluation): RankChange[] => {
  const found = new Map(before.perQuery.map(({ query, bestRank }) => [query, bestRank]));
  return after.perQuery
    .filter(({ query }) => found.has(query))
    .map(({ query, bestRank }): RankChange => {
      const from = found.get(query) ?? null;
      const gain = (from ?? BEYOND) - (bestRank ?? BEYOND);
      return {
        query,
        before: from,
        after: bestRank,
        gain,
        kind: gain > 0 ? "improved" : gain < 0 ? "regressed" : "unchanged",
      };
    })
    .sort((a, b) => Math.abs(b.gain) - Math.abs(a.gain) || a.gain - b.gain || a.query - b.query);
};

/** `2 → 13`, `4`, `12 → beyond 100`. */
export const rankText = ({ before, after }: Pick<RankChange, "before" | "after">): string => {
  const name = (rank: number | null) => (rank === null ? "beyond 100" : String(rank));
  return before === after ? name(before) : `${name(before)} → ${name(after)}`;
};

/** How many queries of each kind. */
export const countChanges = (changes: readonly RankChange[]): Record<RankChange["kind"], number> => {
  const counts = { improved: 0, regressed: 0, unchanged: 0 };
  for (const { kind } of changes) counts[kind]++;
  return counts;
};
