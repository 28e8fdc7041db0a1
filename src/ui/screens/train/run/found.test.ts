import { expect, it } from "vitest";
import { evaluation } from "../../../../app/testing/runs.ts";
import type { QueryResult, RetrievalEvaluation } from "../../../../domain/evaluation/types.ts";
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

it("says of BM25 what is so", () => {
  expect(againstBm25(null, evaluation("tuned", 0.5))).toBeNull();
  expect(againstBm25(evaluation("bm25", 0.4), evaluation("tuned", 0.5))).toMatch(/^It finds more than BM25/);
  expect(againstBm25(evaluation("bm25", 0.6), evaluation("tuned", 0.5))).toMatch(
    /still finds more: 60.0 % against 50.0 % recall@10/,
  );
  expect(againstBm25(evaluation("bm25", 0.5), evaluation("tuned", 0.5))).toMatch(/as much as BM25/);
});
