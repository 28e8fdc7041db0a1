import { describe, expect, test } from "vitest";
import { chunked, jsonl, pairFile } from "../../../testing/parsePairs.ts";
import { at } from "../../present.ts";
import { joinBeir } from "./join.ts";
import { isBeirSet } from "./part.ts";
import { readBeirFile } from "./read.ts";

const read = (content: string | Uint8Array, fileName: string) => {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return readBeirFile(chunked(bytes, 100), { fileName, bytes: bytes.length });
};
const QUERIES = jsonl({ _id: "q1", text: "ask one" }, { _id: "q2", text: "ask two" }, { _id: "q3", text: "ask three" });
const CORPUS = jsonl(
  { _id: "d1", title: "T", text: "one" },
  { _id: "d2", title: "", text: "two" },
  { _id: 3, title: "", text: "three" },
);
const join = async (queries: string, corpus: string, qrels: string) =>
  joinBeir(await Promise.all([read(queries, "queries.jsonl"), read(corpus, "corpus.jsonl"), read(qrels, "test.tsv")]));

test("the three files of a set are a test set, in whatever order they come and whatever they are called", async () => {
  const names = ["10-beir-qrels-test.tsv", "10-beir-corpus.jsonl", "10-beir-queries.jsonl"];
  const files = await Promise.all(names.map((name, i) => read(pairFile(name), at(["a.tsv", "b.jsonl", "c.jsonl"], i))));
  const parsed = joinBeir(files);
  expect(parsed).toMatchObject({ badLines: [], notes: [] });
  expect(parsed.rows).toHaveLength(16);
  expect(parsed.corpus).toHaveLength(16);
  expect(parsed.rows[1]).toEqual({
    line: 2,
    query: "what torque does the rear derailleur need",
    positives: [expect.stringMatching(/^Bench book 1\nShop note 2: the rear derailleur/)],
    negatives: [],
  });
});

test("graded judgements: above 0 is right, 0 and below is wrong, an unjudged document is neither", async () => {
  const parsed = await join(
    QUERIES,
    CORPUS,
    "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t0\nq1\t3\t1\nq2\td1\t-1\n",
  );
  expect(parsed.rows).toEqual([{ line: 1, query: "ask one", positives: ["T\none", "three"], negatives: ["two"] }]);
  expect(parsed.corpus).toEqual(["T\none", "two", "three"]);
  expect(parsed.notes).toEqual([
    "test.tsv grades right documents (1, 2); all of them count as right, alike.",
    "1 queries have no judgement in test.tsv and are not used.",
    "1 queries have no document judged above 0 and are not used.",
  ]);
});

test("judgements of unknown ids are bad lines with the file they are not in", async () => {
  const parsed = await join(
    QUERIES,
    CORPUS,
    "query-id\tcorpus-id\tscore\nq1\td1\t1\nq9\td1\t1\nq2\td9\t1\nq2\td2\tmaybe\n",
  );
  expect(parsed.badLines.map(({ line, code, reason }) => [line, code, reason])).toEqual([
    [5, "missing-score", "test.tsv: The judgement is not a number."],
    [3, "unknown-query", "test.tsv: the id is not in queries.jsonl."],
    [4, "unknown-document", "test.tsv: the id is not in corpus.jsonl."],
  ]);
});

describe("other forms of the same", () => {
  test.each([
    ["trec_eval's four columns", "q1\t0\td1\t1\nq2\t0\td2\t1\nq3\t0\t3\t1\n"],
    ["three columns without a header", "q1\td1\t1\nq2\td2\t1\nq3\t3\t1\n"],
    ["other names", "qid,docid,relevance\nq1,d1,1\nq2,d2,1\nq3,3,1\n"],
  ])("judgements in %s", async (_, qrels) => {
    const files = [await read(QUERIES, "queries.jsonl"), await read(CORPUS, "corpus.jsonl"), await read(qrels, qrels.includes(",") ? "x.csv" : "x.tsv")];
    expect(joinBeir(files).rows.map(({ positives }) => positives)).toEqual([["T\none"], ["two"], ["three"]]);
  });
  test("tables of ids and texts, told apart by their names", async () => {
    const files = [await read("q1\task one thing\n", "queries.dev.tsv"), await read("d1\ta text to find\nd2\tanother text\n", "collection.tsv"), await read("q1\t0\td2\t1\n", "qrels.dev.tsv")];
    expect(joinBeir(files)).toMatchObject({ rows: [{ query: "ask one thing", positives: ["another text"] }], corpus: ["a text to find", "another text"] });
  });
}); // prettier-ignore

test("what is missing, doubled or of another set is said", async () => {
  const [queries, corpus] = [await read(QUERIES, "queries.jsonl"), await read(CORPUS, "corpus.jsonl")];
  expect(() => joinBeir([queries, corpus])).toThrow(expect.objectContaining({ code: "beir-incomplete" }));
  expect(() => joinBeir([queries, queries, corpus])).toThrow(expect.objectContaining({ code: "beir-incomplete" }));
  const foreign = await read("query-id\tcorpus-id\tscore\nx\ty\t1\n", "test.tsv");
  expect(() => joinBeir([queries, corpus, foreign])).toThrow(expect.objectContaining({ code: "beir-no-pairs" }));
  await expect(read(jsonl({ a: "text one", b: "text two" }), "pairs.jsonl")).rejects.toMatchObject({
    code: "beir-part-unknown",
  });
});

test.each([
  [["queries.jsonl", "corpus.jsonl", "test.tsv"], true],
  [["test.tsv", "corpus.jsonl.gz", "queries.jsonl.gz"], true],
  [["topics.tsv", "collection.tsv", "qrels.tsv"], true],
  [["queries.jsonl", "corpus.jsonl"], false],
  [["a.jsonl", "b.jsonl", "c.jsonl"], false],
])("files %j dropped together are a set: %s", (names, set) => {
  expect(isBeirSet(names)).toBe(set);
});
