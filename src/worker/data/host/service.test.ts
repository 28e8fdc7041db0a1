import { expect, test } from "vitest";
import { detectableEffect } from "../../../domain/dataset/doctor/size.ts";
import { evaluateRankings } from "../../../domain/evaluation/index.ts";
import { readImportTest } from "../../../domain/import/index.ts";
import { at, entry } from "../../../domain/present.ts";
import { unpackRunTexts } from "../../../domain/run/texts.ts";
import { memoryData } from "../../../app/testing/data.ts";
import { unseal } from "../../rpc.ts";
import type { DataService, SplitSettings } from "../protocol.ts";

const TOPICS = ["sort", "reverse", "parse", "open", "close", "merge", "split", "count", "hash", "print"];
const THINGS = ["a vector of numbers", "some text file", "the linked list", "one database table", "my json document"];
const lines = TOPICS.flatMap((topic, i) =>
  THINGS.map((thing, j) => ({
    query: `how to ${topic} ${thing} ${i}${j}`,
    positive: `${thing} ${j}${i} gets done by calling ${topic}`,
  })),
);
const file = (rows: unknown[]) => new Blob([rows.map((row) => `${JSON.stringify(row)}\n`).join("")]);
const silent = () => undefined;
const { signal } = new AbortController();
const base = { source: "bundled", name: "tiny" } as const;

/** A file as it is dropped, examined and split. */
const dropped = async (data: DataService, rows: unknown[] = lines, settings: Partial<SplitSettings> = {}) => {
  const { settings: usual } = await data.add(
    [{ file: file(rows), name: "a.jsonl" }],
    { id: "a", createdAt: "2026" },
    silent,
    signal,
  );
  await data.decide("a", {
    type: "split-settings",
    settings: { ...usual, seed: 1, nearDuplicates: false, ...settings },
  });
  await data.decide("a", { type: "leave-out-bad-lines" });
  const { report } = await data.examine("a", 128, silent, signal);
  return { report, dataset: await data.split("a") };
};
const added = (data: DataService, which: "test" | "corpus", rows: unknown[]) =>
  which === "test"
    ? data.addTest("a", [{ file: file(rows), name: "test.jsonl" }], silent, signal)
    : data.addCorpus("a", { file: file(rows), name: "corpus.jsonl" }, silent, signal);

test("from a file to what the engine learns from, a lexical line and a comparison", async () => {
  const { data } = memoryData();
  const progress: number[] = [];
  const files = [{ file: file([...lines, { query: "no document" }]), name: "a.jsonl" }];
  await data.add(files, { id: "a", createdAt: "2026" }, ({ rows }) => progress.push(rows), signal);
  expect(progress.length).toBeGreaterThan(0);
  await added(data, "corpus", ["an extra document"]);
  const { report, dataset } = await dropped(data);
  await added(data, "corpus", ["an extra document"]);
  const split = (await data.split("a")).split!;
  expect(report).toMatchObject({ rows: 50, badLines: 0 });
  expect(dataset.split).toMatchObject({ hash: split.hash });
  const run = await data.prepareRun("a", "", { runId: "r", base });
  const texts = unpackRunTexts(await unseal(await data.runTexts({ run: "r" })));
  expect(texts.examples).toHaveLength(split.train);
  expect(texts.dev?.queries).toHaveLength(split.dev);
  expect(texts.test.corpus).toHaveLength(51);
  expect(run).toMatchObject({
    examples: split.train,
    dev: { queries: split.dev, documents: 51 },
    test: { queries: split.test, documents: 51 },
    splitHash: split.hash,
  });
  expect(unpackRunTexts(await unseal(await data.runTexts({ dataset: "a" })))).toEqual(texts);
  const bm25 = await data.bm25({ run: "r", side: "test" });
  expect(bm25.queries).toBe(split.test);
  const worst = evaluateRankings(texts.test, { top: [], scores: [] }, "baseline", 0);
  expect((await data.compare(worst, bm25))[0]).toMatchObject({ metric: "recall@10", verdict: "improved" });
  // An import that the server measures is asked the very same.
  const { path, bytes } = await data.importTest("a");
  const { task, dataset: named } = await readImportTest(path, new Uint8Array(bytes));
  expect([task, named]).toEqual([texts.test, { name: "a.jsonl", fingerprint: run.identity.fingerprint, rows: 50 }]);
  const other = await data.prepareRun("a", "Find the code", null);
  expect(other.identity.fingerprint).not.toBe(run.identity.fingerprint);
});

test("a run's texts are answered in windows, after its data set is gone", async () => {
  const { data } = memoryData();
  await dropped(data);
  await data.prepareRun("a", "", { runId: "r", base });
  await data.remove("a");
  const queries = await data.queries("r");
  expect(await data.storedRun("r")).toEqual({ base, dev: { queries: 5, documents: 50 } });
  const [first] = queries;
  const [document] = await data.documents("r", first!.relevant);
  expect(lines).toContainEqual({ query: first!.text, positive: document });
  const { task, ...size } = await data.task({ run: "r", side: "test" });
  expect(size).toEqual({ queries: queries.length, documents: 50 });
  expect((await unseal(task)).queries).toEqual(queries);
  expect(await (await data.taskFile("r", "qrels")).text()).toContain(`q0 0 d${first!.relevant[0]} 1\n`);
  expect((await (await data.taskFile("r", "corpus")).text()).trim().split("\n")).toHaveLength(50);
  expect(await data.storedRun("unknown")).toBeNull();
  for (const call of [data.queries("unknown"), data.runTexts({ run: "unknown" })])
    await expect(call).rejects.toMatchObject({ code: "run-texts-missing" });
  await expect(data.open("a")).rejects.toMatchObject({ code: "dataset-missing" });
});

test("a separate test file stands behind the rows; leaks are found", async () => {
  const { data } = memoryData();
  await dropped(data);
  await added(data, "test", [lines[3]]);
  const { report } = await data.examine("a", 128, silent, signal);
  expect(report.testRows).toBe(1);
  expect(report.findings.find(({ code }) => code === "test-leak")?.lines).toContain(4);
  await expect(data.split("a")).rejects.toMatchObject({ code: "split-leak" });
});

test("real questions given with written ones are all the test, however few the written ones are", async () => {
  const { data } = memoryData();
  const provenance = {
    source: "documents" as const,
    writer: "weak" as const,
    model: null,
    promptHash: null,
    seed: 1,
    perPassage: 1,
    examples: 0,
    passages: { asked: 20, kept: 20, rejected: 0, failed: 0, skipped: 0 },
    questions: { written: 20, kept: 20, rejected: {} },
    thresholds: {},
  };
  const rows = lines.map((line, i) => (i < 20 ? { ...line, origin: "weak" } : line));
  const made = { id: "a", createdAt: "2026", provenance };
  const { settings } = await data.add([{ file: file(rows), name: "a.jsonl" }], made, silent, signal);
  await data.decide("a", { type: "split-settings", settings: { ...settings, nearDuplicates: false } });
  const { report } = await data.examine("a", 128, silent, signal);
  const { split, realTest } = await data.split("a");
  expect(split).toMatchObject({ test: 30, train: 18, dev: 2 });
  expect(realTest).toBe(true);
  expect(report.detectableEffect).toBe(detectableEffect(50, 30));
});

test("mining looks at the train side only; a split made meanwhile drops it", async () => {
  const { data, disk } = memoryData();
  const { dataset } = await dropped(data);
  const { depth, texts } = await data.miningTexts("a", { numNegatives: 2, relativeMargin: 0.05 });
  const { queries, documents } = await unseal(texts);
  const { parsed, split } = entry(disk, "a");
  const held = new Set(split!.test.map((i) => parsed.rows[i]?.positives[0]));
  expect(documents.some((text) => held.has(text))).toBe(false);
  expect(depth).toBeGreaterThan(2);
  expect(queries).toHaveLength(split!.train.length);
  const made = { base: "tiny", instruction: "", numNegatives: 2, relativeMargin: 0.05 };
  const { seal } = await import("../../rpc.ts");
  const unit = (count: number) =>
    Float32Array.from({ length: count * 2 }, (_, i) => Math[i % 2 ? "sin" : "cos"]((i >> 1) / 5));
  const nearest = () =>
    seal({
      queries: unit(queries.length),
      documents: unit(documents.length),
      dim: 2,
      ranked: {
        top: queries.map((_, query) => documents.map((_, i) => (query + i) % documents.length).slice(0, depth)),
        scores: queries.map(() => documents.map((_, i) => Math.cos(i / 5)).slice(0, depth)),
      },
    });
  const mined = await data.keepMined("a", dataset.split!.hash, made, nearest());
  expect(mined.mined).toMatchObject({ queries: queries.length, made });
  expect(mined.mined!.negatives).toBeGreaterThan(0);
  const known = new Map(lines.map(({ query, positive }) => [query, positive]));
  for (const { query, documents: found } of entry(disk, "a").mined!.negatives)
    for (const document of found) expect(documents[document]).not.toBe(known.get(at(queries, query)));
  await expect(data.keepMined("a", "another", made, nearest())).rejects.toMatchObject({ code: "dataset-changed" });
  expect(
    (await data.decide("a", { type: "split-settings", settings: { ...mined.settings, seed: 2 } })).mined,
  ).toBeNull();
});

test("task sentences are tried on train and dev queries, never on those of the test", async () => {
  const { data, disk } = memoryData();
  await dropped(data);
  await added(data, "corpus", ["an extra document"]);
  const { split } = await data.split("a");
  const { task, ...size } = await data.task({ dataset: "a" });
  expect(size).toEqual({ queries: split!.train + split!.dev, documents: 51 });
  const stored = entry(disk, "a");
  const tested = new Set(stored.split!.test.map((i) => stored.parsed.rows[i]?.query));
  expect((await unseal(task)).queries.some(({ text }) => tested.has(text))).toBe(false);
});

test("a decision writes what was decided, and the files' contents only when they changed", async () => {
  const { data, writes } = memoryData();
  await dropped(data, [...lines, { query: "no document" }]);
  expect(writes[0]).toBe("a!");
  expect(new Set(writes.slice(1))).toEqual(new Set(["a"]));
  writes.length = 0;
  await data.examine("a", 128, silent, signal); // Nothing is open that was not before.
  expect(writes).toEqual([]);
  await added(data, "corpus", ["an extra document"]);
  expect(writes).toEqual(["a!"]);
});

test("a choice belongs to the report that offered it", async () => {
  const { data } = memoryData();
  const { report } = await dropped(data, [...lines, lines[0], lines[1]]);
  const { code, choices } = report.findings.find((finding) => finding.code === "duplicate-rows")!;
  const choose = () => data.decide("a", { type: "choose", code, choice: at(choices, 0).id });
  expect((await choose()).summary.rows).toBe(50);
  await expect(choose()).rejects.toMatchObject({ code: "report-outdated" });
  // A worker that was started anew has no report yet either.
  const again = memoryData();
  await again.data.add([{ file: file(lines), name: "a.jsonl" }], { id: "a", createdAt: "2026" }, silent, signal);
  await expect(again.data.decide("a", { type: "choose", code, choice: "drop-rows" })).rejects.toMatchObject({
    code: "report-outdated",
  });
});

test("rows and bad lines are shown in windows, long texts cut", async () => {
  const { data } = memoryData();
  const long = "word ".repeat(100);
  const bad = Array.from({ length: 250 }, (_, i) => ({ query: `only ${i}` }));
  const { dataset } = await dropped(data, [
    { query: long, positive: [long, "b"], negatives: ["c", "d"] },
    ...lines,
    ...bad,
  ]);
  const [first] = dataset.preview;
  expect(first).toMatchObject({ line: 1, morePositives: 1, negative: "c", moreNegatives: 1 });
  expect(first!.query.length).toBeLessThan(230);
  expect(dataset.badLines).toHaveLength(100);
  expect(dataset.summary.badLines).toBe(250);
  expect((await data.badLines("a", 200, 300)).map(({ line }) => line)).toEqual(bad.slice(200).map((_, i) => 252 + i));
  const [{ name, file: saved }] = (await data.badLineFiles("a")) as [{ name: string; file: Blob }];
  expect([name, (await saved.text()).trim().split("\n").length]).toEqual(["a.bad-lines.jsonl", 250]);
  expect(
    await data.holds("a", [
      { query: lines[0]!.query, positives: [lines[0]!.positive] },
      { query: "x", positives: ["y"] },
    ]),
  ).toEqual([true, false]);
});

test("two changes made at once are both kept", async () => {
  const { data, disk } = memoryData();
  const { dataset } = await dropped(data);
  await Promise.all([
    data.decide("a", { type: "confirm-columns" }),
    data.decide("a", { type: "split-settings", settings: { ...dataset.settings, seed: 9 } }),
  ]);
  expect(entry(disk, "a")).toMatchObject({ columnsConfirmed: true, settings: { seed: 9 } });
});

test("a reading can be cancelled", async () => {
  const { data, disk } = memoryData();
  const cancel = new AbortController();
  const work = data.add(
    [{ file: file(lines), name: "a.jsonl" }],
    { id: "a", createdAt: "2026" },
    silent,
    cancel.signal,
  );
  cancel.abort();
  await expect(work).rejects.toMatchObject({ name: "AbortError" });
  expect(disk.size).toBe(0);
});
