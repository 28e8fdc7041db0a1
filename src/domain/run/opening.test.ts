import { expect, test } from "vitest";
import type { RetrievalEvaluation, RetrievalTask } from "../evaluation/types.ts";
import { openingOf, openingSchema } from "./opening.ts";

const task: RetrievalTask = {
  queries: ["a", "b", "c", "d"].map((text, i) => ({ text, relevant: [i] })) as RetrievalTask["queries"],
  corpus: ["doc a", "doc b", "doc c", "doc d"],
  splitHash: "",
};
const evaluation = (ranks: (number | null)[], firsts: number[], recall: number) =>
  ({
    metrics: { "recall@10": recall },
    perQuery: ranks.map((bestRank, query) => ({ query, bestRank, top: [firsts[query]] })),
  }) as unknown as RetrievalEvaluation;
const bm25 = evaluation([1, 1, 1, 1], [0, 1, 2, 3], 0.25);

test("shows the question whose document climbed farthest to the first place", () => {
  const opening = openingOf({ dataset: "d", base: "b" }, task, {
    baseline: evaluation([1, 7, null, 90], [0, 0, 1, 0], 0.5),
    tuned: evaluation([1, 1, 2, 1], [0, 1, 0, 3], 0.75),
    bm25,
  });
  // "c" came from nowhere but only to the second place.
  expect(openingSchema.parse(opening)).toMatchObject({
    question: "d",
    before: { text: "doc a", rank: 90 },
    after: { text: "doc d", rank: 1 },
    recall: { baseline: 0.5, tuned: 0.75, bm25: 0.25 },
    questions: 4,
  });
});

test("shows nothing where nothing climbed to the first place", () => {
  const same = evaluation([1, 2, 3, null], [0, 0, 0, 0], 0.5);
  expect(openingOf({ dataset: "d", base: "b" }, task, { baseline: same, tuned: same, bm25 })).toBeNull();
});
