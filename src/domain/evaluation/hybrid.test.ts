import fc from "fast-check";
import { expect, test } from "vitest";
import { evaluateRankings } from "./evaluate.ts";
import { fuseRankings, fuseWithScores } from "./fuse.ts";
import { evaluateHybrid } from "./hybrid.ts";
import type { RetrievalTask } from "./types.ts";

const ranking = fc.uniqueArray(fc.nat(30), { maxLength: 20 });

test("equals reciprocal rank fusion written out, ties by the smaller index", () => {
  expect(fuseWithScores([[4, 2], [2]], 10)).toEqual([
    { document: 2, score: 1 / 62 + 1 / 61 },
    { document: 4, score: 1 / 61 },
  ]);
  expect(fuseRankings([[7], [3]], 10)).toEqual([3, 7]); // one first place each
  fc.assert(
    fc.property(ranking, ranking, fc.integer({ min: 1, max: 40 }), (a, b, k) => {
      const score = (document: number) =>
        [a, b].reduce((sum, list) => sum + (list.includes(document) ? 1 / (61 + list.indexOf(document)) : 0), 0);
      const expected = [...new Set([...a, ...b])].sort((x, y) => score(y) - score(x) || x - y).slice(0, k);
      expect(fuseRankings([a, b], k)).toEqual(expected);
    }),
  );
});

test("scores the fused ranking of each query, and leaves out what was not scored", () => {
  const task: RetrievalTask = {
    queries: [
      { text: "a", relevant: [1], component: 0 },
      { text: "nothing is right", relevant: [], component: 1 },
      { text: "b", relevant: [2], component: 2 },
    ],
    corpus: ["x", "y", "z"],
    splitHash: "s",
    taskHash: "t",
    measuredOn: "generated questions",
  };
  const at = (top: number[][], label: string) =>
    evaluateRankings(task, { top, scores: top.map((row) => row.map(() => 1)) }, label, 0);
  // Alone, each finds one of the two at first place; the second query of words has no hit at all.
  const words = at([[1, 0], [], []], "bm25");
  const model = at([[0, 1], [], [2, 1, 0]], "tuned");
  const hybrid = evaluateHybrid(task, words, model, "hybrid tuned");
  expect(hybrid.perQuery.map(({ query, top }) => [query, top])).toEqual([
    [0, [0, 1]],
    [2, [2, 1, 0]],
  ]);
  expect(hybrid).toMatchObject({
    label: "hybrid tuned",
    queries: 2,
    splitHash: "s",
    taskHash: "t",
    measuredOn: "generated questions",
    metrics: { "accuracy@1": 0.5, "recall@10": 1 },
  });
  expect(hybrid.perQuery[0]?.scores).toEqual([1 / 62 + 1 / 61, 1 / 61 + 1 / 62]);
});
