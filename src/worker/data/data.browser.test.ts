import { expect, test } from "vitest";
import { createDataWorker } from "./client.ts";

const data = createDataWorker();
const words = (i: number) => [i, i * 7919, i * 104729].map((n) => (n % 1_000_003).toString(36)).join(" ");
const row = (i: number) =>
  JSON.stringify({ query: `query ${words(i)}`, positive: `document ${words(i + 500_000).repeat(3)}` });

test("20,000 rows are read, examined and split while the page stays responsive", async () => {
  const file = new Blob([Array.from({ length: 20_000 }, (_, i) => `${row(i)}\n`).join(""), "not json\n"]);
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 5);
  let reports = 0;
  const parsed = await data.parse(file, "pairs.jsonl", {}, () => void reports++);
  const rows = { rows: parsed.rows, testRows: 0, corpus: [] };
  const shares: number[] = [];
  const report = await data.examine(rows, parsed, (share) => void shares.push(share));
  const split = await data.split(rows, { seed: 1 });
  clearInterval(timer);
  expect(parsed.rows).toHaveLength(20_000);
  expect(parsed.badLines).toMatchObject([{ line: 20_001, code: "not-json" }]);
  expect(reports).toBeGreaterThan(0);
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect(shares.at(-1)).toBeGreaterThan(0);
  expect(report.findings[0]?.code).toBe("bad-lines");
  expect(split.train.length + split.dev.length + split.test.length).toBe(20_000);
  expect(report.seconds * 1000).toBeGreaterThan(longest);
});

test("an examination can be given up, and the next call finds a fresh worker", async () => {
  const rows = Array.from({ length: 20_000 }, (_, i) => ({
    line: i + 1,
    query: `query ${words(i)}`,
    positives: [`document ${words(i)}`],
    negatives: [],
  }));
  let reached = () => undefined as void;
  const begun = new Promise<void>((resolve) => (reached = resolve));
  const stop = new AbortController();
  const examination = data.examine({ rows, testRows: 0, corpus: [] }, {}, () => reached(), stop.signal);
  void begun.then(() => stop.abort());
  await expect(examination).rejects.toMatchObject({ code: "aborted" });
  const parsed = await data.parse(new Blob([row(1)]), "one.jsonl", {}, () => undefined);
  expect(parsed.rows).toHaveLength(1);
});

test("errors keep code, message and hint on their way to the page, and the worker goes on", async () => {
  const empty = data.parse(new Blob([]), "empty.jsonl", {}, () => undefined);
  await expect(empty).rejects.toMatchObject({
    name: "StudioError",
    code: "dataset-empty",
    hint: expect.any(String) as string,
  });
  const parsed = await data.parse(new Blob([row(1)]), "one.jsonl", {}, () => undefined);
  expect(parsed.rows).toHaveLength(1);
});
