import { expect, it } from "vitest";
import { evaluation } from "../../../../app/testing/runs.ts";
import type { Comparison, QueryResult, RetrievalEvaluation } from "../../../../domain/evaluation/types.ts";
import { againstBm25, found } from "./found.ts";

const ranked = (label: string, ranks: (number | null)[]): RetrievalEvaluation => ({
  ...evaluation(label, 0.5),
  perQuery: ranks.map((bestRank, query) => ({ query, bestRank }) as QueryResult),
  queries: ranks.length,
});
const queries = ["a", "b", "c", "d", "e"].map((text) => ({ text, relevant: [0], component: 0 }));

it("counts what crossed the first ten, names the best three, and hides no loss", () => {
  expect(found(ranked("baseline", [null, 40, 11, 87, 2]), ranked("tuned", [1, 3, 10, 54, 2]), queries)).toEqual({
    sentence: "3 more of 5 test questions now find their answer among the first ten.",
    named: [
      { text: "a", before: null, after: 1 },
      { text: "b", before: 40, after: 3 },
      { text: "c", before: 11, after: 10 },
    ],
  });
  expect(found(ranked("baseline", [12, 14, 3]), ranked("tuned", [1, 2, 11]), queries).sentence).toBe(
    "1 more of 3 test questions now finds its answer among the first ten. 2 gained it, 1 lost it.",
  );
  expect(found(ranked("baseline", [1, 20]), ranked("tuned", [15, 30]), queries)).toEqual({
    sentence: "1 fewer of 2 test questions finds its answer among the first ten. 0 gained it, 1 lost it.",
    named: [],
  });
  expect(found(ranked("baseline", [1, 20]), ranked("tuned", [2, 18]), queries).sentence).toBe(
    "The number of questions that find their answer among the first ten did not change (2 test questions).",
  );
});

it("says of BM25 what is so, and claims no more than the comparison decides", () => {
  const against = (bm25: number, tuned: number, interval: [number, number], verdict: Comparison["verdict"]) =>
    againstBm25({
      metric: "recall@10",
      baseline: bm25,
      tuned,
      delta: tuned - bm25,
      interval,
      verdict,
      pValue: 0.5,
      minimumDetectableEffect: 0.1,
    });
  expect(against(0.4, 0.5, [0.05, 0.15], "improved")).toBe(
    "It finds more than BM25, which only matches words: 50.0 % against 40.0 % recall@10.",
  );
  expect(against(0.6, 0.5, [-0.15, -0.05], "regressed")).toMatch(
    /^BM25.* still finds more: 60.0 % against 50.0 % recall@10/,
  );
  expect(against(0.398, 0.43, [-0.02, 0.085], "inconclusive")).toBe(
    "Whether it finds more than BM25, which only matches words, is not decided: 43.0 % against 39.8 % recall@10; the true difference is very likely between −2.0 and +8.5 points.",
  );
  expect(against(0.5, 0.5, [-0.04, 0.04], "inconclusive")).toMatch(/is not decided/);
  expect(against(0.5, 0.5, [0, 0], "inconclusive")).toMatch(/^It finds as much as BM25/);
});
