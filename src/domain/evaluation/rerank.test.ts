import { expect, test } from "vitest";
import { at } from "../present.ts";
import { evaluateRankings } from "./evaluate.ts";
import { metricsJson } from "./exports/tables.ts";
import { trecRun } from "./exports/trec.ts";
import { readTrecRun } from "./external/readRun.ts";
import { evaluateReranked, latencySentence, rerankCandidates, rerankLatency, rerankTexts } from "./rerank.ts";

const task = {
  queries: [
    { text: "a", relevant: [4], component: 0 },
    { text: "none", relevant: [], component: 1 },
    { text: "b", relevant: [0, 3], component: 2 },
  ],
  corpus: Array.from({ length: 6 }, (_, i) => `text ${i}`),
  splitHash: "s",
};
const ranked = (top: number[][], label: string) =>
  evaluateRankings(task, { top, scores: top.map((row) => row.map((_, i) => 1 / (i + 1))) }, label, 1);
const baseline = ranked([[0, 1, 2, 4], [], [5, 4, 3]], "hybrid baseline");
const tuned = ranked([[4, 2, 0], [], [3, 0, 5, 1]], "hybrid tuned");

test("what either ranking has first is judged once, of scored queries alone", () => {
  expect(rerankCandidates([baseline, tuned], 2)).toEqual([
    { query: 0, documents: [0, 1, 2, 4] },
    { query: 2, documents: [0, 3, 4, 5] },
  ]);
});

test("the first are ordered by their scores, the rest stays behind; figures and a TREC run follow that order", () => {
  const judged = rerankCandidates([baseline, tuned], 3).map((one) => ({
    ...one,
    scores: one.documents.map((document) => (document === 2 ? 5 : document === 1 ? 5 : 3 - document)),
    seconds: one.query + 0.5,
  }));
  const result = evaluateReranked(task, baseline, judged, 3, "reranked baseline");
  expect(result.perQuery.map(({ query, top }) => [query, top])).toEqual([
    [0, [1, 2, 0, 4]],
    [2, [3, 4, 5]],
  ]);
  expect(at(result.perQuery, 0).scores).toEqual([5, 5, 3, 2]);
  expect([at(result.perQuery, 0).bestRank, at(result.perQuery, 1).bestRank]).toEqual([4, 1]);
  expect(readTrecRun(trecRun(result), task, "x").evaluation.metrics).toEqual(result.metrics);
  expect(metricsJson([result])).toContain('"rerank_recall@10"');
  expect(latencySentence(rerankLatency(judged))).toBe(
    "A question took 500 ms (p50) and 2500 ms (p95), for 4 passages on average.",
  );
});

test("long texts are sent as far as a reranker reads", () => {
  const sent = rerankTexts("q".repeat(5000), ["short", "x".repeat(20_000)]);
  expect([sent.query.length, ...sent.texts.map(({ length }) => length)]).toEqual([4000, 5, 10_000]);
});
