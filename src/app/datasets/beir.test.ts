import { expect, it } from "vitest";
import { jsonl } from "../../testing/parsePairs.ts";
import { at } from "../../domain/present.ts";
import { memoryDatasets as setup, sampleLines } from "../testing/datasets.ts";

const named = (name: string, content: string) => ({ name, file: new Blob([content]) });
/** A set made of real pairs, with judgements of some of them. */
const beir = (from: number, to: number, judged: number) => {
  const pairs = sampleLines.slice(from, to).map((line) => JSON.parse(line) as { query: string; positive: string });
  return [
    named("corpus.jsonl", jsonl(...pairs.map(({ positive }, i) => ({ _id: `d${i}`, title: "", text: positive })))),
    named("test.tsv", ["query-id\tcorpus-id\tscore", ...pairs.slice(0, judged).map((_, i) => `q${i}\td${i}\t2`)].join("\n")),
    named("queries.jsonl", jsonl(...pairs.map(({ query }, i) => ({ _id: `q${i}`, text: query })))),
  ]; // prettier-ignore
};

it("three files dropped together are a data set with a corpus; its form fixes the columns", async () => {
  const { state, disk } = setup();
  await state().addSet(beir(0, 60, 40));
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
