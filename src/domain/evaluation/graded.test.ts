import { expect, test } from "vitest";
import type { PairRow, Split } from "../dataset/types.ts";
import { packRunTexts, unpackRunTexts } from "../run/texts.ts";
import { evaluateRankings } from "./evaluate.ts";
import { trecQrels } from "./exports/trec.ts";
import { buildRetrievalTask } from "./task.ts";
import { at } from "../present.ts";

/** One query whose documents are ranked in their order: the grade of each, 0 where it is not right; and right ones that were not found. */
const evaluate = (grades: readonly number[], unfound: readonly number[] = []) => {
  const all = [...grades, ...unfound];
  const right = all.flatMap((grade, document) => (grade > 0 ? [document] : []));
  const query = { text: "q", relevant: right, grades: right.map((document) => at(all, document)), component: 0 };
  const task = { queries: [query], corpus: all.map((_, i) => `d${i}`), splitHash: "s" };
  const top = grades.map((_, i) => i);
  return evaluateRankings(task, { top: [top], scores: [top.map((i) => 1 / (i + 1))] }, "run", 0).metrics;
};

// NDCG as scikit-learn 1.x `ndcg_score(k=10)` gives it, whose gain is linear too; recall and MAP by the definitions of trec_eval.
test("several graded documents: NDCG by linear gain, recall and MAP by all of them alike", () => {
  const metrics = evaluate([0, 2, 0, 1, 3, 0]);
  expect(metrics["ndcg@10"]).toBeCloseTo(0.599155536327818, 12);
  expect(metrics["ndcg@10"]).not.toBeCloseTo(0.5356700049125651, 3); // that is 2^grade − 1
  expect(metrics["recall@3"]).toBeCloseTo(1 / 3, 12);
  expect(metrics["recall@10"]).toBe(1);
  expect(metrics["map@100"]).toBeCloseTo((1 / 2 + 2 / 4 + 3 / 5) / 3, 12);
  expect(metrics["mrr@10"]).toBe(1 / 2);
});

test("more right documents than the cut-off: the ideal is cut, recall and MAP divide by all", () => {
  const ranked = [1, 1, 2, 0, 0, 0, 0, 0, 2, 1, 2, 2, 1, 1, 1, 1, 1];
  const metrics = evaluate(ranked);
  expect(metrics["ndcg@10"]).toBeCloseTo(0.495703372003658, 12);
  expect(metrics["recall@10"]).toBeCloseTo(5 / 12, 12);
  const precisions = [1, 1, 1, 4 / 9, 5 / 10, 6 / 11, 7 / 12, 8 / 13, 9 / 14, 10 / 15, 11 / 16, 12 / 17];
  expect(metrics["map@100"]).toBeCloseTo(precisions.reduce((sum, one) => sum + one, 0) / 12, 12);
  expect(evaluate([1], [3])["ndcg@10"]).toBeCloseTo(1 / (3 + 1 / Math.log2(3)), 12);
  expect(evaluate([2, 2])["ndcg@10"]).toBe(1); // a grade that all share changes nothing
});

test("grades go with their documents through the task, its hash, its file and the qrels", () => {
  const split: Split = { seed: 1, train: [], dev: [], test: [0, 1], hash: "h", component: [0, 1] };
  const rows = (grade: number): PairRow[] => [
    { line: 1, query: "a", positives: ["z", "y"], grades: [1, grade], negatives: [] },
    { line: 2, query: "b", positives: ["y"], negatives: [] },
  ];
  const task = buildRetrievalTask([...rows(3)], split, { extraCorpus: ["Z "] });
  expect(task.queries.map(({ relevant, grades }) => [relevant, grades])).toEqual([
    [
      [0, 1],
      [1, 3],
    ],
    [[1], [1]],
  ]);
  expect(buildRetrievalTask(rows(2), split).taskHash).not.toBe(buildRetrievalTask(rows(3), split).taskHash);
  expect(trecQrels(task)).toBe("q0 0 d0 1\nq0 0 d1 3\nq1 0 d1 1\n");
  const texts = { examples: [], dev: null, test: task };
  expect(unpackRunTexts(packRunTexts(texts))).toEqual(texts);
});
