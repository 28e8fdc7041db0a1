import { expect, test } from "vitest";
import type { QueryResult, RetrievalEvaluation } from "../../domain/evaluation/types.ts";
import { watchQueries } from "./watch.ts";

const ranked = (ranks: (number | null)[]) =>
  ({ perQuery: ranks.map((bestRank, query) => ({ query, bestRank }) as QueryResult) }) as RetrievalEvaluation;

test("follows five queries that miss the first ten at the start, the same ones to the end", () => {
  const watch = watchQueries();
  const start = watch(ranked([1, 11, null, 40, 2, 12, 90, null, 3]));
  expect(start).toHaveLength(5);
  expect(start.every(({ rank }) => rank === null || rank > 10)).toBe(true);
  const later = watch(ranked([9, 1, 1, 1, 9, 1, 1, 1, 9]));
  expect(later.map(({ query }) => query)).toEqual(start.map(({ query }) => query));
  expect(later.every(({ rank }) => rank === 1)).toBe(true);
});

test("takes the worst ones where fewer miss, and all there are of a small task", () => {
  expect(watchQueries()(ranked([1, 5, 2, null, 3, 8]))).toEqual([
    { query: 1, rank: 5 },
    { query: 2, rank: 2 },
    { query: 3, rank: null },
    { query: 4, rank: 3 },
    { query: 5, rank: 8 },
  ]);
  expect(watchQueries()(ranked([4, 1]))).toHaveLength(2);
});
