import { expect, test } from "vitest";
import { evaluateRankings } from "../../../domain/evaluation/index.ts";
import type { RetrievalEvaluation } from "../../../domain/evaluation/types.ts";
import { at } from "../../../domain/present.ts";
import type { DataRows } from "../protocol.ts";
import { createDataService } from "./service.ts";

const TOPICS = ["sort", "reverse", "parse", "open", "close", "merge", "split", "count", "hash", "print"];
const THINGS = ["a vector of numbers", "some text file", "the linked list", "one database table", "my json document"];
const lines = TOPICS.flatMap((topic, i) =>
  THINGS.map((thing, j) => ({
    query: `how to ${topic} ${thing} ${i}${j}`,
    positive: `${thing} ${j}${i} gets done by calling ${topic}`,
  })),
);
const file = (rows: unknown[]) => new Blob([rows.map((row) => `${JSON.stringify(row)}\n`).join("")]);
const data = createDataService();

test("from a file to tasks, a lexical line and a comparison", async () => {
  const progress: number[] = [];
  const parsed = await data.parse(file([...lines, { query: "no document" }]), "a.jsonl", {}, ({ rows }) => progress.push(rows)); // prettier-ignore
  expect(progress.length).toBeGreaterThan(0);
  const rows: DataRows = { rows: parsed.rows, testRows: 0, corpus: ["an extra document"] };
  const report = await data.examine(rows, parsed);
  expect(report).toMatchObject({ rows: 50, badLines: 1 });
  expect(report.findings[0]?.code).toBe("bad-lines");
  const split = await data.split(rows, { seed: 1, nearDuplicates: false });
  const { examples, dev, test: task } = await data.tasks(rows, split);
  expect(examples).toHaveLength(split.train.length);
  expect(dev?.queries).toHaveLength(split.dev.length);
  expect(task.corpus).toHaveLength(51);
  const bm25 = await data.bm25(task);
  expect(bm25.queries).toBe(split.test.length);
  const worst: RetrievalEvaluation = evaluateRankings(task, { top: [], scores: [] }, "baseline", 0);
  expect((await data.compare(task, worst, bm25))[0]).toMatchObject({ metric: "recall@10", verdict: "improved" });
  expect(await data.fingerprint(rows, "")).not.toBe(await data.fingerprint(rows, "Find the code"));
});

test("a separate test file stands behind the rows; leaks are found", async () => {
  const parsed = await data.parse(file(lines), "a.jsonl", {}, () => undefined);
  const rows: DataRows = { rows: [...parsed.rows, parsed.rows[3] ?? at(parsed.rows, 0)], testRows: 1, corpus: [] };
  const { findings, testRows } = await data.examine(rows);
  expect(testRows).toBe(1);
  expect(findings.find(({ code }) => code === "test-leak")?.rows).toContain(3);
  await expect(data.split(rows, { seed: 1, nearDuplicates: false })).rejects.toMatchObject({ code: "split-leak" });
});

test("mining looks at the train side only", async () => {
  const parsed = await data.parse(file(lines), "a.jsonl", {}, () => undefined);
  const rows: DataRows = { rows: parsed.rows, testRows: 0, corpus: [] };
  const split = await data.split(rows, { seed: 1, nearDuplicates: false });
  const plan = await data.planMining(rows, split);
  const held = new Set(split.test.map((i) => parsed.rows[i]?.positives[0]));
  expect(plan.documents.some((text) => held.has(text))).toBe(false);
  const unit = (count: number) => Float32Array.from({ length: count * 2 }, (_, i) => Math[i % 2 ? "sin" : "cos"]((i >> 1) / 5)); // prettier-ignore
  const mined = await data.mine(plan, {
    queries: unit(plan.queries.length),
    documents: unit(plan.documents.length),
    dim: 2,
  });
  expect(mined).toHaveLength(plan.queries.length);
  expect(mined.every(({ query, negatives }) => negatives.every(({ document }) => !plan.positives[query]?.includes(document)))).toBe(true); // prettier-ignore
});

test("task sentences are tried on train and dev queries, never on those of the test", async () => {
  const parsed = await data.parse(file(lines), "a.jsonl", {}, () => undefined);
  const rows: DataRows = { rows: parsed.rows, testRows: 0, corpus: ["an extra document"] };
  const split = await data.split(rows, { seed: 1, nearDuplicates: false });
  const task = await data.instructionTask(rows, split);
  expect(task.queries).toHaveLength(split.train.length + split.dev.length);
  expect(task.corpus).toHaveLength(51);
  const tested = new Set(split.test.map((i) => parsed.rows[i]?.query));
  expect(task.queries.some(({ text }) => tested.has(text))).toBe(false);
});

test("a reading can be cancelled", async () => {
  const cancel = new AbortController();
  const work = data.parse(file(lines), "a.jsonl", {}, () => undefined, cancel.signal);
  cancel.abort();
  await expect(work).rejects.toMatchObject({ name: "AbortError" });
});
