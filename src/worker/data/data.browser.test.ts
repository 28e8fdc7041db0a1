import { openDB } from "idb";
import { expect, test } from "vitest";
import { unpackRunTexts } from "../../domain/run/texts.ts";
import { unseal } from "../rpc.ts";
import { createDataWorker } from "./client.ts";
import type { StoredDataset } from "./storage.ts";

const data = createDataWorker();
const silent = () => undefined;
const { signal } = new AbortController();
const words = (i: number) => [i, i * 7919, i * 104729].map((n) => (n % 1_000_003).toString(36)).join(" ");
const row = (i: number) =>
  JSON.stringify({ query: `query ${words(i)}`, positive: `document ${words(i + 500_000).repeat(3)}` });
const file = (rows: number, more = "", from = 0) =>
  new Blob([Array.from({ length: rows }, (_, i) => `${row(from + i)}\n`).join(""), more]);
const add = async (rows: Blob, onProgress = silent) => {
  const made = { id: crypto.randomUUID(), createdAt: new Date().toISOString() };
  return (await data.add([{ file: rows, name: "pairs.jsonl" }], made, onProgress, signal)).summary.id;
};

test("20,000 rows are read, examined and split while the page stays responsive", async () => {
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 5);
  let reports = 0;
  const id = await add(file(20_000, "not json\n"), () => void reports++);
  await data.decide(id, { type: "leave-out-bad-lines" });
  const shares: number[] = [];
  const { report, dataset } = await data.examine(id, 128, (share) => void shares.push(share), signal);
  const { split } = await data.split(id);
  clearInterval(timer);
  expect(dataset.summary).toMatchObject({ rows: 20_000, badLines: 1 });
  expect(dataset.badLines).toMatchObject([{ line: 20_001, code: "not-json" }]);
  expect(reports).toBeGreaterThan(0);
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect(shares.at(-1)).toBeGreaterThan(0);
  expect(report.findings[0]?.code).toBe("bad-lines");
  expect(split!.train + split!.dev + split!.test).toBe(20_000);
  expect(report.seconds * 1000).toBeGreaterThan(longest);
  await data.remove(id);
});

test("an examination can be given up; the next call finds a fresh worker, and the data set as it was stored", async () => {
  // Other texts than those above: the last ones' near duplicates are remembered.
  const id = await add(file(20_000, "", 100_000));
  let reached = () => undefined as void;
  const begun = new Promise<void>((resolve) => (reached = resolve));
  const stop = new AbortController();
  const examination = data.examine(id, 128, () => reached(), stop.signal);
  void begun.then(() => stop.abort());
  await expect(examination).rejects.toMatchObject({ code: "aborted" });
  const again = await data.open(id);
  expect(again.summary).toMatchObject({ id, rows: 20_000, name: "pairs.jsonl" });
  expect(again.preview[0]?.query).toBe(`query ${words(100_000)}`);
  await data.remove(id);
});

test("after the worker is gone, what it kept is read again: decisions, split and what a run learns from", async () => {
  const id = await add(file(60, "not json\n"));
  await data.decide(id, { type: "leave-out-bad-lines" });
  await data.examine(id, 128, silent, signal);
  const before = await data.split(id);
  const run = crypto.randomUUID();
  const base = { source: "bundled", name: "tiny" } as const;
  const prepared = await data.prepareRun(id, "", { runId: run, base });
  data.close();
  expect(await data.open(id)).toEqual(before);
  expect(await data.prepareRun(id, "", null)).toEqual(prepared);
  data.close();
  expect(await data.storedRun(run)).toEqual({ base, dev: prepared.dev });
  const { examples, test: task } = unpackRunTexts(await unseal(await data.runTexts({ run })));
  expect(examples).toHaveLength(prepared.examples);
  expect(task.splitHash).toBe(before.split?.hash);
  await data.remove(id);
});

test("a data set as an earlier version stored it opens, and can be decided about and trained on", async () => {
  const id = crypto.randomUUID();
  const source = file(40);
  const rows = Array.from({ length: 40 }, (_, i) => {
    const { query, positive } = JSON.parse(row(i)) as { query: string; positive: string };
    return { line: i + 1, query, positives: [positive], negatives: [] };
  });
  await data.list(); // The worker makes the stores.
  const database = await openDB("recall-studio");
  const decided: Omit<StoredDataset, "source" | "parsed" | "test" | "corpus"> = {
    summary: { id, name: "old.jsonl", createdAt: "2026-01-01T00:00:00Z", rows: 40, badLines: 0, missing: null },
    leaveOut: false,
    columnsConfirmed: false,
    settings: {
      order: "random",
      seed: 42,
      dev: 0.1,
      test: 0.2,
      nearDuplicates: false,
      negatives: "join",
      leaks: "refuse",
    },
    split: {
      seed: 42,
      train: Array.from({ length: 28 }, (_, i) => i),
      dev: [28, 29, 30, 31],
      test: [32, 33, 34, 35, 36, 37, 38, 39],
      hash: "f".repeat(64),
      component: rows.map((_, i) => i),
    },
    excluded: [],
    decisions: { droppedLines: [], droppedNegatives: [], kept: [] },
    open: [],
  };
  await database.put("datasets", decided);
  await database.put("contents", {
    id,
    source,
    parsed: {
      fileName: "old.jsonl",
      bytes: source.size,
      dialect: { name: "query/positive", query: "query", positive: "positive", negative: [] },
      rows,
      badLines: [],
      blankLines: 0,
      corpus: [],
    },
    test: null,
    corpus: null,
  });
  database.close();
  expect(await data.open(id)).toMatchObject({
    file: { fileName: "old.jsonl", blankLines: 0 },
    revision: 0,
    undecided: null,
    split: { train: 28, dev: 4, test: 8, left: 0, hash: "f".repeat(64) },
    mined: null,
  });
  expect(await data.prepareRun(id, "", null)).toMatchObject({
    examples: 28,
    dev: { queries: 4 },
    test: { queries: 8 },
  });
  const { report } = await data.examine(id, 128, silent, signal);
  expect(report.rows).toBe(40);
  const pair = { query: rows[0]!.query, positives: rows[0]!.positives };
  expect(await data.decide(id, { type: "leave-out-pairs", pairs: [pair] })).toMatchObject({
    revision: 1,
    summary: { rows: 39, missing: "Make a split" },
  });
  expect((await data.split(id)).split).toMatchObject({ left: 0 });
  await data.remove(id);
});

test("errors keep code, message and hint on their way to the page, and the worker goes on", async () => {
  await expect(add(new Blob([]))).rejects.toMatchObject({
    name: "StudioError",
    code: "dataset-empty",
    hint: expect.any(String) as string,
  });
  const id = await add(file(1));
  expect((await data.open(id)).summary.rows).toBe(1);
  await data.remove(id);
  await expect(data.open(id)).rejects.toMatchObject({ code: "dataset-missing" });
});
