import { expect, test } from "vitest";
import { holdsPair } from "../../domain/dataset/leftOut.ts";
import { bootstrapInterval, compareAll } from "../../domain/evaluation/index.ts";
import { compareModel, figuresOf } from "./compareRuns.ts";
import { configRows, notComparable } from "./config.ts";
import { rankText } from "./ranks.ts";
import { createExclusionsStore } from "../datasets/exclusionsStore.ts";
import { createJudgementsStore, judgedPairs } from "../search/judgementsStore.ts";
import { sampleRun } from "../testing/stores.ts";

const memory = () => {
  const kept = new Map<string, string>();
  return {
    read: (key: string) => kept.get(key) ?? null,
    write: (key: string, value: string) => void kept.set(key, value),
  };
};
const run = sampleRun();
const compare: Parameters<typeof compareModel>[3]["compare"] = async (baseline, tuned) =>
  compareAll(baseline, tuned, { resamples: 400, permutations: 200 });

test("runs on other splits are refused with both hashes; unscored ones with their reason; equal ones are not", () => {
  expect(notComparable(run, sampleRun({ id: "b", tunedNoise: 0.4 }))).toBeNull();
  expect(notComparable(run, sampleRun({ id: "c", split: "c".repeat(64) }))).toMatch(
    /another test split \(cccccccc, not aaaaaaaa\)/,
  );
  expect(notComparable(run, { ...run, tuned: null })).toMatch(/not been scored/);
});

test("a model's own interval is the clustered bootstrap of its own figures", async () => {
  const { comparisons, intervals } = await compareModel(run.queries, run.baseline, run.tuned!, { compare });
  const values = run.tuned!.perQuery.map(({ metrics }) => metrics["recall@10"]);
  const clusters = run.queries.map(({ component }) => component);
  expect(intervals["recall@10"]).toEqual(bootstrapInterval(values, { seed: 42, resamples: 400, clusters }));
  const headline = comparisons.find(({ metric }) => metric === "recall@10")!;
  expect(headline.delta).toBeCloseTo(run.tuned!.metrics["recall@10"] - run.baseline!.metrics["recall@10"], 12);
  expect((await compareModel(run.queries, null, run.baseline!, { compare })).comparisons).toEqual([]);
});

test("what the statistics are given holds no rankings; an evaluation of an earlier version gets its components from the task", async () => {
  const old = {
    ...run.tuned!,
    perQuery: run.tuned!.perQuery.map(({ component: _, ...result }) => result),
  };
  const pairs = run.queries.map((query, i) => ({ ...query, component: i >> 1 }));
  expect(figuresOf(old, pairs).perQuery.map(({ component }) => component)).toEqual(pairs.map((_, i) => i >> 1));
  expect(figuresOf(run.tuned!).perQuery.every(({ top, scores }) => top.length + scores.length === 0)).toBe(true);
  const { comparisons } = await compareModel(pairs, run.baseline, old, { compare });
  expect(comparisons[0]).toMatchObject({ queries: 80, groups: 40 });
});

test("configurations: what differs is marked, a missing setting is empty", () => {
  const rows = configRows([run, sampleRun({ id: "b", rank: 64 })]);
  expect(rows.filter(({ differs }) => differs)).toEqual([{ name: "LoRA rank", values: ["16", "64"], differs: true }]);
  expect(rows.find(({ name }) => name === "Matryoshka dimensions")!.values).toEqual(["none", "none"]);
});

test("ranks as people read them", () => {
  expect([
    rankText({ before: 2, after: 13 }),
    rankText({ before: null, after: 4 }),
    rankText({ before: 3, after: 3 }),
  ]).toEqual(["2 → 13", "beyond 100 → 4", "3"]);
});

test("a flagged pair is kept over a reload, and a second flag takes it back", () => {
  const storage = memory();
  const store = createExclusionsStore(storage, () => new Date(0));
  store.getState().toggle({ dataset: "a.jsonl", query: "q", positives: ["p", "r"] });
  const again = createExclusionsStore(storage, () => new Date(0));
  expect(again.getState().pairs).toEqual([
    { dataset: "a.jsonl", query: "q", positives: ["p", "r"], at: "1970-01-01T00:00:00.000Z" },
  ]);
  expect(holdsPair({ query: "q", positives: ["r"] }, again.getState().pairs)).toBe(true);
  expect(holdsPair({ query: "q", positives: ["other"] }, again.getState().pairs)).toBe(false);
  again.getState().toggle({ dataset: "a.jsonl", query: "q", positives: ["r", "p"] });
  expect(createExclusionsStore(storage, () => new Date(0)).getState().pairs).toEqual([]);
});

test("thumbs become test pairs; a question without a right text does not", () => {
  const storage = memory();
  const { judge } = createJudgementsStore(storage).getState();
  judge("a", "right", "right");
  judge("a", "wrong", "wrong");
  judge("b", "wrong", "wrong");
  judge("a", "second thought", "wrong");
  judge("a", "second thought", "wrong");
  expect(judgedPairs(createJudgementsStore(storage).getState().judgements)).toEqual([
    { query: "a", positive: ["right"], negatives: ["wrong"] },
  ]);
});
