import Papa from "papaparse";
import { expect, test } from "vitest";
import { at } from "../present.ts";
import { mulberry32 } from "../random.ts";
import { byWeight, countChanges, crossingSentence, rankChanges } from "./changes.ts";
import { evaluateRetrieval } from "./evaluate.ts";
import { changesCsv, metricsCsv, metricsJson } from "./exports/tables.ts";
import { ownIntervals } from "./statistics/own.ts";
import { trecQrels, trecRun, trecTexts } from "./exports/trec.ts";
import { METRIC_NAMES } from "./metrics.ts";
import { truncateAndNormalize } from "./rank.ts";
import { compare } from "./statistics/compare.ts";
import { bestPoint, judgeInstruction, matryoshkaDims } from "./sweeps.ts";
import type { RetrievalTask } from "./types.ts";

const COUNT = 40;
const DIM = 16;
const task: RetrievalTask = {
  queries: Array.from({ length: COUNT }, (_, i) => ({ text: `=query, "${i}"`, relevant: [i], component: i })),
  corpus: Array.from({ length: COUNT * 4 }, (_, i) => `document ${i}`),
  splitHash: "split",
};
const next = mulberry32(3);
const noise = (rows: number) => Float32Array.from({ length: rows * DIM }, () => next() / 2 ** 31 - 1);
const documents = noise(task.corpus.length);
const questions = noise(COUNT);
/** Queries between noise (0) and their documents (1). */
const embeddings = (quality: number) => ({
  queryEmbeddings: truncateAndNormalize(
    questions.map((x, i) => (1 - quality) * x + quality * at(documents, i)),
    DIM,
  ),
  corpusEmbeddings: truncateAndNormalize(documents, DIM),
  dim: DIM,
});
const score = (quality: number, label: string) => evaluateRetrieval({ task, ...embeddings(quality), label });
const [baseline, tuned] = [score(0.2, "baseline"), score(0.6, "tuned model")];

test("queries that crossed the first ten come first, then the largest moves", () => {
  const changes = rankChanges(baseline, tuned);
  const counts = countChanges(changes);
  expect(counts.won + counts.lost + counts.stayed).toBe(COUNT);
  expect(counts.won).toBeGreaterThan(counts.lost);
  expect(changes.slice(0, counts.won + counts.lost).every(({ kind }) => kind !== "stayed")).toBe(true);
  expect(changes).toEqual(changes.toSorted(byWeight));
  for (const { query, before, after, change } of changes) {
    expect([before, after]).toEqual([baseline.perQuery[query]?.bestRank, tuned.perQuery[query]?.bestRank]);
    expect(change).toBe((before ?? 101) - (after ?? 101));
  }
  expect(countChanges(rankChanges(tuned, baseline))).toEqual({ ...counts, won: counts.lost, lost: counts.won });
  expect(() => rankChanges(baseline, { ...tuned, splitHash: "other" })).toThrow("different splits");
});

test("only what crosses the first ten is won or lost, and the sentence counts it", () => {
  const ranked = (ranks: (number | null)[]) => ({
    ...tuned,
    queries: ranks.length,
    perQuery: ranks.map((bestRank, query) => ({ ...at(tuned.perQuery, query), query, bestRank })),
  });
  const changes = rankChanges(ranked([87, 11, 10, 2, null]), ranked([54, 10, 11, 9, 4]));
  const kinds = changes.toSorted((a, b) => a.query - b.query).map(({ kind }) => kind);
  expect(kinds).toEqual(["stayed", "won", "lost", "stayed", "won"]);
  expect(crossingSentence(changes)).toBe(
    "2 of 5 queries now find their answer in the first ten results; 1 no longer does.",
  );
  expect(crossingSentence(rankChanges(ranked([1, 40]), ranked([2, 30])))).toBe(
    "None of the 2 queries gained or lost its answer in the first ten results.",
  );
  expect(crossingSentence(rankChanges(ranked([1, 2]), ranked([12, 1])))).toBe(
    "1 of 2 queries no longer finds its answer in the first ten results; no other gained it.",
  );
});

test("TREC files have one line per judgement and rank, and no blanks in the tag", () => {
  const run = trecRun(tuned)
    .trimEnd()
    .split("\n")
    .map((line) => line.split(" "));
  expect(run).toHaveLength(COUNT * 100);
  expect(run.every((fields) => fields.length === 6 && fields[1] === "Q0" && fields[5] === "tuned-model")).toBe(true);
  const best = run.find((fields) => fields[0] === "q5" && fields[2] === "d5");
  expect(Number(best?.[3])).toBe(tuned.perQuery[5]?.bestRank);
  expect(trecQrels(task).split("\n")[5]).toBe("q5 0 d5 1");
  expect(JSON.parse(trecTexts(task).corpus.split("\n")[7] ?? "")).toMatchObject({ _id: "d7", text: "document 7" });
});

test("CSV and JSON carry every metric under the reference names", () => {
  const comparison = compare(baseline, tuned, "recall@10");
  const intervals = ownIntervals(tuned);
  const table = Papa.parse<Record<string, string>>(
    metricsCsv([baseline, { ...tuned, intervals }], [comparison]).trimEnd(),
    {
      header: true,
    },
  ).data;
  expect(table.map((row) => row.metric)).toEqual(METRIC_NAMES);
  const recall = table.find((row) => row.metric === "recall@10");
  expect(Number(recall?.["tuned model"])).toBe(tuned.metrics["recall@10"]);
  expect(Number(recall?.delta)).toBe(comparison.delta);
  expect([recall?.["tuned model low"], recall?.["tuned model high"]].map(Number)).toEqual(intervals["recall@10"]);
  expect(recall).not.toHaveProperty("baseline low");
  const json = JSON.parse(metricsJson([baseline, { ...tuned, label: "bm25", intervals }], [comparison])) as {
    results: { metrics: Record<string, number>; intervals?: Record<string, number[]> }[];
  };
  expect(json.results[0]?.metrics["cosine_ndcg@10"]).toBe(baseline.metrics["ndcg@10"]);
  expect(json.results[1]?.metrics["bm25_map@100"]).toBe(tuned.metrics["map@100"]);
  expect(json.results.map((one) => one.intervals?.["bm25_recall@1"])).toEqual([undefined, intervals["recall@1"]]);
  const rows = Papa.parse<Record<string, string>>(changesCsv(task.queries, rankChanges(baseline, tuned)).trimEnd(), {
    header: true,
  }).data;
  expect(rows[0]?.query).toMatch(/^'=query, "\d+"$/);
});

test("the best point of a sweep; the weaker strength and the fuller dimension on a tie", () => {
  expect(matryoshkaDims(1024)).toEqual([1024, 512, 256, 128]);
  const points = [baseline, tuned, tuned].map((evaluation, i) => ({ strength: i / 2, evaluation }));
  expect(bestPoint(points, "recall@10")?.strength).toBe(0.5);
  expect(bestPoint([], "recall@10")).toBeNull();
});

test("an instruction that wins alone is said to", () => {
  expect(judgeInstruction(compare(baseline, tuned, "recall@10"))).toMatchObject({
    wins: true,
    sentence: expect.stringContaining("without any training") as string,
  });
  expect(judgeInstruction(compare(baseline, baseline, "recall@10")).wins).toBe(false);
});
