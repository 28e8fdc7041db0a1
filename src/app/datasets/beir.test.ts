import { BlobReader, BlobWriter, TextReader, ZipWriter } from "@zip.js/zip.js";
import { expect, it, vi } from "vitest";
import { jsonl } from "../../testing/parsePairs.ts";
import { detectableEffect } from "../../domain/dataset/doctor/size.ts";
import { at, present } from "../../domain/present.ts";
import { memoryDatasets as setup, sampleLines } from "../testing/datasets.ts";

const named = (name: string, content: string) => ({ name, file: new Blob([content]) });
/** A set made of real pairs, with judgements of some of them. */
const beir = (from: number, to: number, judged: number, qrels = "test.tsv") => {
  const pairs = sampleLines.slice(from, to).map((line) => JSON.parse(line) as { query: string; positive: string });
  return [
    named("corpus.jsonl", jsonl(...pairs.map(({ positive }, i) => ({ _id: `d${i}`, title: "", text: positive })))),
    named(qrels, ["query-id\tcorpus-id\tscore", ...pairs.slice(0, judged).map((_, i) => `q${i}\td${i}\t2`)].join("\n")),
    named("queries.jsonl", jsonl(...pairs.map(({ query }, i) => ({ _id: `q${i}`, text: query })))),
  ];
};

it("three files dropped together are a data set with a corpus; its form fixes the columns", async () => {
  const { state, disk } = setup();
  await state().addSet(beir(0, 60, 40, "qrels.tsv"));
  expect(state().readProblem).toBeNull();
  expect(state().current).toMatchObject({ summary: { rows: 40 }, extraDocuments: 60, file: { columns: [] } });
  expect(state().current?.summary.missing).toBeNull();
  expect(state().report?.findings.find(({ code }) => code === "read-leniently")?.sentence).toContain("20 queries");
  expect(disk.size).toBe(1);
});

it("they are also the test pairs of an open data set", async () => {
  const { state } = setup();
  await state().addFile(new Blob([sampleLines.slice(0, 60).join("\n")]), "pairs.jsonl");
  await state().addTestSet(beir(300, 330, 20));
  expect(state().readProblem).toBeNull();
  expect(state().current?.test?.rows).toBe(20);
  expect(state().current?.split?.test).toBe(20);
});

it("a set that lacks a part is refused, and what was open stays", async () => {
  const { state } = setup();
  const set = beir(0, 20, 20);
  await state().addSet([at(set, 0), at(set, 2)]);
  expect(state().readProblem?.problem.code).toBe("beir-incomplete");
  expect(state().current).toBeNull();
});

it("a set that is named a test trains only when the person says so", async () => {
  const { state } = setup();
  await state().addSet(beir(0, 60, 40));
  expect(state().current?.summary.missing).toBe("Bring pairs to train on: these are a test");
  const finding = state().report?.findings.find(({ code }) => code === "test-only");
  expect(finding?.sentence).toBe("These judgements are a test (40 queries), and the set has none to train on.");
  // All of it tests, until the person has it cut.
  const points = () => Math.round(100 * present(state().report, "report").detectableEffect);
  const whole = points();
  expect(whole).toBe(Math.round(100 * detectableEffect(40, 40)));
  await state().choose("test-only", at(finding?.choices ?? [], 0).id);
  expect(points()).toBe(Math.round(100 * detectableEffect(40, 0)));
  expect(state().current?.summary.missing).toBeNull();
});

it("train, dev and test judgements are the sides of the split; an archive of them is the same", async () => {
  const [corpus, test, queries] = beir(0, 90, 90) as [
    ReturnType<typeof named>,
    ReturnType<typeof named>,
    ReturnType<typeof named>,
  ];
  const lines = (await test.file.text()).split("\n");
  const part = (from: number, to: number) => [at(lines, 0), ...lines.slice(from + 1, to + 1)].join("\n");
  const set = { "qrels/train.tsv": part(0, 60), "qrels/dev.tsv": part(60, 70), "qrels/test.tsv": part(70, 90) };
  const { state, data } = setup();
  await state().addSet([corpus, queries, ...Object.entries(set).map(([name, text]) => named(name, text))]);
  state().changeSplit({ ...present(state().current, "data set").settings, leaks: "leave-out" });
  await vi.waitFor(() => expect(state().current?.split).toMatchObject({ dev: 10, test: 20 }));
  expect(state().current).toMatchObject({ summary: { rows: 90 }, extraDocuments: 90, test: { rows: 30, dev: 10 } });
  await vi.waitFor(() => expect(state().report).toMatchObject({ rows: 60, devRows: 10, testRows: 20 }));

  const zip = new ZipWriter(new BlobWriter());
  await zip.add("set/corpus.jsonl", new BlobReader(corpus.file));
  await zip.add("set/queries.jsonl", new BlobReader(queries.file));
  for (const [name, text] of Object.entries(set)) await zip.add(`set/${name}`, new TextReader(text));
  const archive = { name: "set.zip", file: await zip.close() };
  expect(await data.isSet(archive)).toBe(true);
  await state().addFile(archive.file, archive.name);
  expect(state().current).toMatchObject({ summary: { rows: 90 }, test: { rows: 30 } });
  const empty = await new ZipWriter(new BlobWriter()).close();
  await state().addFile(new Blob(["PK\u0003\u0004", empty]), "other.zip");
  expect(state().readProblem?.problem.code).toMatch(/^(beir-not-in-archive|archive-damaged)$/);
});
