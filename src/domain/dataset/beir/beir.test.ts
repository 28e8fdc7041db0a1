import { BlobWriter, TextReader, ZipWriter } from "@zip.js/zip.js";
import { describe, expect, test } from "vitest";
import { chunked, jsonl, pairFile } from "../../../testing/parsePairs.ts";
import { beirInArchive, refuseArchive } from "./archive.ts";
import { joinBeir } from "./join.ts";
import { parseBeir } from "./parse.ts";
import { asDataset, scoredOf } from "./use.ts";
import { at, present } from "../../present.ts";
import { beirFilesIn } from "./part.ts";
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
  scoredOf(
    joinBeir(
      await Promise.all([read(queries, "queries.jsonl"), read(corpus, "corpus.jsonl"), read(qrels, "test.tsv")]),
    ),
  );

test("the three files of a set are a test set, in whatever order they come and whatever they are called", async () => {
  const names = ["10-beir-qrels-test.tsv", "10-beir-corpus.jsonl", "10-beir-queries.jsonl"];
  const files = await Promise.all(names.map((name, i) => read(pairFile(name), at(["a.tsv", "b.jsonl", "c.jsonl"], i))));
  const parsed = present(joinBeir(files).train, "pairs");
  expect(parsed).toMatchObject({ badLines: [], notes: [] });
  expect(parsed.rows).toHaveLength(16);
  expect(parsed.corpus).toHaveLength(16);
  expect(parsed.corpusIds).toHaveLength(16);
  expect(parsed.rows[1]).toEqual({
    line: 2,
    id: expect.any(String),
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
  expect(parsed.rows).toEqual([
    { line: 1, query: "ask one", id: "q1", positives: ["T\none", "three"], grades: [2, 1], negatives: ["two"] },
  ]);
  expect(parsed.testOnly).toBe(true);
  expect(parsed.corpus).toEqual(["T\none", "two", "three"]);
  expect(parsed.corpusIds).toEqual(["d1", "d2", "3"]);
  expect(parsed.notes).toEqual([
    "test.tsv grades right documents (1, 2): NDCG counts each by its grade (linear gain, as trec_eval), recall and the others count all of them alike.",
    "1 queries have no judgement in test.tsv and are not used.",
    "1 queries have no document judged above 0 in test.tsv and are not used.",
  ]);
});

test("judgements of unknown ids are bad lines with the file they are not in", async () => {
  const parsed = await join(
    QUERIES,
    CORPUS,
    "query-id\tcorpus-id\tscore\nq1\td1\t1\nq9\td1\t1\nq2\td9\t1\nq2\td2\tmaybe\nq2\td1\t1e400\n",
  );
  expect(parsed.badLines.map(({ line, code, reason }) => [line, code, reason])).toEqual([
    [3, "unknown-query", "test.tsv: The id is not in queries.jsonl."],
    [4, "unknown-document", "test.tsv: The id is not in corpus.jsonl."],
    [5, "missing-score", "test.tsv: The judgement is not a number."],
    [6, "missing-score", "test.tsv: The judgement is not a number."],
  ]);
});

describe("other forms of the same", () => {
  test.each([
    ["trec_eval's four columns", "q1\t0\td1\t1\nq2\t0\td2\t1\nq3\t0\t3\t1\n"],
    ["three columns without a header", "q1\td1\t1\nq2\td2\t1\nq3\t3\t1\n"],
    ["other names", "qid,docid,relevance\nq1,d1,1\nq2,d2,1\nq3,3,1\n"],
  ])("judgements in %s", async (_, qrels) => {
    const files = [
      await read(QUERIES, "queries.jsonl"),
      await read(CORPUS, "corpus.jsonl"),
      await read(qrels, qrels.includes(",") ? "x.csv" : "x.tsv"),
    ];
    expect(joinBeir(files).train?.rows.map(({ positives }) => positives)).toEqual([["T\none"], ["two"], ["three"]]);
  });
  test("tables of ids and texts, told apart by their names", async () => {
    const files = [
      await read("q1\task one thing\n", "queries.dev.tsv"),
      await read("d1\ta text to find\nd2\tanother text\n", "collection.tsv"),
      await read("q1\t0\td2\t1\n", "qrels.dev.tsv"),
    ];
    expect(joinBeir(files).dev).toMatchObject({
      rows: [{ query: "ask one thing", positives: ["another text"] }],
      corpus: ["a text to find", "another text"],
    });
  });
});

test("what is missing, doubled or of another set is said", async () => {
  const [queries, corpus] = [await read(QUERIES, "queries.jsonl"), await read(CORPUS, "corpus.jsonl")];
  expect(() => joinBeir([queries, corpus])).toThrow(expect.objectContaining({ code: "beir-incomplete" }));
  expect(() => joinBeir([queries, queries, corpus])).toThrow(expect.objectContaining({ code: "beir-incomplete" }));
  const foreign = await read("query-id\tcorpus-id\tscore\nx\ty\t1\n", "test.tsv");
  expect(() => joinBeir([queries, corpus, foreign])).toThrow(
    expect.objectContaining({ code: "beir-no-pairs", message: expect.stringContaining("1 name unknown ids") }),
  );
  await expect(read("", "corpus.jsonl")).rejects.toMatchObject({ code: "dataset-empty" });
  await expect(read(jsonl({ a: "text one", b: "text two" }), "pairs.jsonl")).rejects.toMatchObject({
    code: "beir-part-unknown",
  });
});

test("what stands twice counts once: the same is counted, the contrary is a bad line", async () => {
  const parsed = await join(
    `${QUERIES}\n${jsonl({ _id: "q1", text: "ask one" }, { _id: "q2", text: "other words" })}`,
    CORPUS,
    "query-id\tcorpus-id\tscore\nq1\td1\t1\nq1\td1\t1\nq1\td1\t0\nq2\td2\t1\nq3\t3\t1\n",
  );
  expect(parsed.rows.map(({ query, positives }) => [query, positives])).toEqual([
    ["ask one", ["T\none"]],
    ["ask two", ["two"]],
    ["ask three", ["three"]],
  ]);
  expect(parsed.badLines.map(({ line, code, reason }) => [line, code, reason])).toEqual([
    [5, "id-twice", "queries.jsonl: The id stands in line 2 already, with another text."],
    [4, "judged-twice", "test.tsv: Line 2 judges the same document of the same query as 1."],
  ]);
  expect(parsed.notes).toEqual([
    "2 lines of queries.jsonl, corpus.jsonl, test.tsv repeat an earlier one word for word and count once.",
  ]);
});

test("queries bring the short values of their metadata", async () => {
  const queries = [..."abcdef"].map((letter, i) => ({
    _id: letter,
    text: `ask ${letter}`,
    metadata: { topic: i < 3 ? "x" : "y", url: `https://a/${i}` },
  }));
  const qrels = queries.map(({ _id }) => `${_id}\td1\t1\n`).join("");
  const parsed = await join(jsonl(...queries), CORPUS, `query-id\tcorpus-id\tscore\n${qrels}`);
  expect(parsed.kinds).toEqual(["topic"]);
  expect(parsed.rows.map(({ about }) => about?.topic)).toEqual(["x", "x", "x", "y", "y", "y"]);
});

test("a corpus without titles is told from the queries by its name", async () => {
  const corpus = jsonl({ _id: "d1", text: "one" }, { _id: "d2", text: "two" });
  const parsed = await join(QUERIES, corpus, "query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t1\n");
  expect(parsed.corpus).toEqual(["one", "two"]);
});

describe("splits by the names of the judgements", () => {
  const header = "query-id\tcorpus-id\tscore\n";
  const set = async (...qrels: [name: string, lines: string][]) =>
    joinBeir([
      await read(QUERIES, "queries.jsonl"),
      await read(CORPUS, "corpus.jsonl"),
      ...(await Promise.all(qrels.map(([name, lines]) => read(header + lines, name)))),
    ]);
  const train = ["qrels/train.tsv", "q1\td1\t1\n"] as [string, string];
  const dev = ["qrels/dev.tsv", "q2\td2\t1\n"] as [string, string];
  const held = ["qrels/test.tsv", "q3\t3\t1\n"] as [string, string];
  test("each is on its side; a query is without judgement only when no file has one", async () => {
    const whole = await set(train, dev, held);
    const queries = ({ rows }: { rows: { query: string }[] }) => rows.map(({ query }) => query);
    expect([whole.train, whole.dev, whole.test].map((part) => queries(present(part, "part")))).toEqual([
      ["ask one"],
      ["ask two"],
      ["ask three"],
    ]);
    expect(whole.train?.notes).toEqual([]);
    const { parsed, test: tested } = asDataset(whole);
    expect(parsed.testOnly).toBeUndefined();
    expect(tested?.rows.map(({ query, side }) => [query, side])).toEqual([
      ["ask two", "dev"],
      ["ask three", undefined],
    ]);
    expect(tested?.corpus).toEqual([]); // that of the training part
    expect(scoredOf(whole, "dev").rows).toMatchObject([{ query: "ask two" }]);
  });
  test("grades are told once, with every file that has them", async () => {
    const graded = (name: string, query: string) =>
      [`qrels/${name}.tsv`, `${query}\td1\t1\n${query}\td2\t2\n`] as [string, string];
    const whole = await set(train, graded("dev", "q2"), graded("test", "q3"));
    const { parsed, test: tested } = asDataset(whole);
    expect([...(parsed.notes ?? []), ...(tested?.notes ?? [])]).toEqual([
      "qrels/dev.tsv and qrels/test.tsv grade right documents (1, 2): NDCG counts each by its grade (linear gain, as trec_eval), recall and the others count all of them alike.",
    ]);
    expect(scoredOf(whole, "train").notes).toEqual([]);
    expect(scoredOf(whole, "dev").notes).toEqual([expect.stringContaining("qrels/dev.tsv grades right documents")]);
  });
  test("a test alone is a test; two files of one split, and a split that is not there, are refused", async () => {
    const tested = await set(dev, held);
    expect(asDataset(tested)).toMatchObject({ parsed: { testOnly: true, rows: [{ query: "ask three" }] }, test: null });
    expect(asDataset(tested).parsed.notes).toContain(
      "The 1 queries of the dev split are not used, because nothing is trained.",
    );
    expect(() => scoredOf(tested, "train")).toThrow(
      "the set has no judgements for train; it has dev and test".replace("the", "The"),
    );
    await expect(set(held, ["qrels.test.tsv", "q1\td1\t1\n"])).rejects.toMatchObject({ code: "beir-incomplete" });
  });
});

test.each([
  [["queries.jsonl", "corpus.jsonl", "test.tsv"], 3],
  [["test.tsv", "corpus.jsonl.gz", "queries.jsonl.gz"], 3],
  [["topics.tsv", "collection.tsv", "qrels.tsv"], 3],
  [["queries.jsonl", "corpus.jsonl", "any.tsv"], 3],
  [
    [
      "scidocs/README.md",
      "scidocs/queries.jsonl",
      "scidocs/corpus.jsonl",
      "scidocs/qrels/train.tsv",
      "scidocs/qrels/test.tsv",
      "__MACOSX/scidocs/qrels/test.tsv",
    ],
    4,
  ],
  [["queries.jsonl", "corpus.jsonl"], null],
  [["queries.jsonl", "corpus.jsonl", "docs.md", "other.pdf"], null],
  [["a.jsonl", "b.jsonl", "c.jsonl"], null],
])("files %j dropped together are a set: %s", (names, count) => {
  expect(beirFilesIn(names)?.length ?? null).toBe(count);
});

test("a zip archive of the folder is the same set", async () => {
  const zip = new ZipWriter(new BlobWriter());
  const add = (name: string, text: string) => zip.add(name, new TextReader(text));
  await add("set/queries.jsonl", QUERIES);
  await add("set/corpus.jsonl", CORPUS);
  await add("set/qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1\td1\t1\n");
  await add("set/LICENSE", "…");
  const sources = present(await beirInArchive(await zip.close()), "set");
  const reports: number[] = [];
  const set = await parseBeir(sources, { onProgress: ({ bytes }) => void reports.push(bytes) });
  expect(set.test).toMatchObject({ rows: [{ query: "ask one" }], fileName: "queries.jsonl + corpus.jsonl + test.tsv" });
  expect(reports.length).toBeGreaterThan(2);
  const other = new ZipWriter(new BlobWriter());
  await other.add("manual.md", new TextReader("text"));
  const documents = await other.close();
  expect(await beirInArchive(documents)).toBeNull();
  expect((await refuseArchive(documents, "a.zip")).message).toMatch(/^a.zip holds no whole BEIR set/);
  const part = new ZipWriter(new BlobWriter());
  await part.add("set/queries.jsonl", new TextReader(QUERIES));
  await part.add("set/qrels/test.tsv", new TextReader("q1\td1\t1\n"));
  expect((await refuseArchive(await part.close(), "a.zip")).message).toMatch(
    /^a.zip lacks corpus.jsonl: a BEIR set has/,
  );
  await expect(beirInArchive(new Blob(["no zip"]))).rejects.toMatchObject({ code: "archive-damaged" });
});
