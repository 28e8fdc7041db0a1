import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { expect, test } from "vitest";
import { StudioError } from "../../errors.ts";
import type { Dialect } from "../types.ts";
import { LIMITS } from "./limits.ts";
import { parseDataset, type ParseProgress } from "./parseDataset.ts";

const utf8 = new TextEncoder();

/** The file in uneven chunks, so that lines and characters are cut anywhere. */
async function* chunked(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const parse = (content: string | Uint8Array, fileName = "pairs.jsonl", dialect: Dialect | null = null, size = 7) => {
  const bytes = typeof content === "string" ? utf8.encode(content) : content;
  return parseDataset(chunked(bytes, size), { fileName, bytes: bytes.length, dialect });
};

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => new Error("resolved"),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(StudioError);
  expect((error as StudioError).hint).not.toBe("");
  return (error as StudioError).code;
};

const jsonl = (...values: unknown[]) => values.map((value) => JSON.stringify(value)).join("\n");

test("JSONL: a BOM, CRLF, blank lines, no final newline, astral characters across chunk borders", async () => {
  const text = `\ufeff{"query":"a 😀","positive":"b"}\r\n\r\n   \n{"query":"ü","positive":["c","d"],"negatives":["e"]}`;
  for (const size of [1, 2, 3, 5, 1000]) {
    const parsed = await parse(text, "x.jsonl", null, size);
    expect(parsed.rows).toEqual([
      { line: 1, query: "a 😀", positives: ["b"], negatives: [] },
      { line: 4, query: "ü", positives: ["c", "d"], negatives: ["e"] },
    ]);
    expect(parsed).toMatchObject({ blankLines: 2, badLines: [], format: "jsonl", corpus: [] });
  }
});

test("every bad line is kept with number, text and reason, and good lines survive", async () => {
  const lines = [
    '{"query":"good","positive":"one"}',
    '{"query": "cut',
    "plain words",
    '{"positive":"no query"}',
    '{"query":"q","positive":"  "}',
    '{"query":7,"positive":"x"}',
    '{"query":"q","positive":[]}',
    '{"query":"q","positive":["x",3]}',
    '"only a text"',
    '{"query":"half \\ud800","positive":"x"}',
    '{"query":["one","two"],"positive":["x","y","z"]}',
    '{"query":"q","positive":"x","negatives":[""]}',
    '{"query":"last","positive":"two"}',
  ];
  const parsed = await parse(lines.join("\n"));
  expect(parsed.rows.map((row) => row.line)).toEqual([1, 13]);
  expect(parsed.badLines.map(({ line, code }) => [line, code])).toEqual([
    [2, "not-json"],
    [3, "not-json"],
    [4, "missing-query"],
    [5, "empty-positive"],
    [6, "wrong-type"],
    [7, "missing-positive"],
    [8, "wrong-type"],
    [9, "not-an-object"],
    [10, "half-surrogate"],
    [11, "unclear-pairs"],
    [12, "empty-negative"],
  ]);
  expect(parsed.badLines[1]?.text).toBe("plain words");
  expect(parsed.badLines.every((bad) => bad.reason.endsWith("."))).toBe(true);
});

test("lines that are not UTF-8 are bad lines with their numbers, in JSONL and in CSV", async () => {
  const latin1 = Uint8Array.from([...utf8.encode('{"query":"a","positive":"'), 0xe9, ...utf8.encode('"}\n')]);
  const good = utf8.encode('{"query":"é","positive":"\ufffd"}\n');
  const parsed = await parse(Buffer.concat([good, latin1, good]));
  expect(parsed.rows.map((row) => row.line)).toEqual([1, 3]);
  expect(parsed.badLines).toMatchObject([{ line: 2, code: "not-utf8" }]);
  const csv = Buffer.concat([
    utf8.encode("query,positive\nq1,\ufffd\nq2,"),
    Uint8Array.of(0xe9),
    utf8.encode("\nq3,ok\n"),
  ]);
  const table = await parse(csv, "t.csv");
  expect(table.rows.map((row) => row.query)).toEqual(["q1", "q3"]);
  expect(table.badLines).toMatchObject([{ line: 3, code: "not-utf8" }]);
});

test("the evaluator's object: relevance by id, the whole corpus kept, unknown ids named", async () => {
  const value = {
    queries: { a: "qa", b: "qb", c: "qc", d: "qd" },
    corpus: { x: "dx", y: { title: "T", text: "dy" }, z: "dz" },
    relevant_docs: { a: ["x", "y"], b: { z: 1, x: 0 }, d: ["ghost"] },
  };
  for (const indent of [undefined, 2]) {
    const parsed = await parse(JSON.stringify(value, null, indent), "ir.json");
    expect(parsed.dialect.name).toBe("queries/corpus/relevant_docs");
    expect(parsed.rows.map(({ query, positives }) => [query, positives])).toEqual([
      ["qa", ["dx", "T\ndy"]],
      ["qb", ["dz"]],
    ]);
    expect(parsed.corpus).toEqual(["dx", "T\ndy", "dz"]);
    expect(parsed.badLines.map((bad) => bad.code)).toEqual(["missing-positive", "unknown-document"]);
  }
});

test("columns can be swapped, and unknown names are guessed and said to be", async () => {
  const content = jsonl({ title: "t", body: "b", n: 1 });
  const guessed = await parse(content);
  expect(guessed.dialect).toMatchObject({ query: "title", positive: "body", guessed: true });
  expect(guessed.columns).toEqual(["title", "body", "n"]);
  const swapped = await parse(content, "x.jsonl", {
    name: "body/title",
    query: "body",
    positive: "title",
    negative: [],
  });
  expect(swapped.rows[0]).toMatchObject({ query: "b", positives: ["t"] });
});

test("CSV: quotes, newlines and separators in fields, a JSON list in a cell, no header, broken quoting", async () => {
  const parsed = await parse('query,positives,negative\n"a ""b"", c","[""x"",""y""]",\n"two\nlines",z,n\n', "a.csv");
  expect(parsed.rows).toEqual([
    { line: 2, query: 'a "b", c', positives: ["x", "y"], negatives: [] },
    { line: 3, query: "two\nlines", positives: ["z"], negatives: ["n"] },
  ]);
  const bare = await parse(
    "How do I sort a vector of numbers?,Use sort\nHow do I reverse one then?,Use reverse\n",
    "b.csv",
  );
  expect(bare.rows.map((row) => row.positives)).toEqual([["Use sort"], ["Use reverse"]]);
  expect(bare.dialect).toMatchObject({ query: "column 1", positive: "column 2", guessed: true });
  const broken = await parse('query,positive\nq1,p1\nq2,p2,p3\nq3,"open\nq4,p4\n', "c.csv");
  expect(broken.rows.map((row) => row.query)).toEqual(["q1", "q4"]);
  expect(broken.badLines.map(({ line, code }) => [line, code])).toEqual([
    [3, "malformed-record"],
    [4, "malformed-record"],
  ]);
});

test("Parquet with lists, several row groups and codecs", async () => {
  const buffer = parquetWriteBuffer({
    columnData: [
      { name: "query", data: ["q1", "q2", "q3"], type: "STRING" },
      { name: "positive", data: ["p1", "p2", null], type: "STRING", nullable: true },
      { name: "negatives", data: [["a"], ["b", "c"], []], type: "JSON" },
    ],
    rowGroupSize: 2,
  });
  const parsed = await parse(new Uint8Array(buffer), "a.parquet", null, 100);
  expect(parsed.rows).toEqual([
    { line: 1, query: "q1", positives: ["p1"], negatives: ["a"] },
    { line: 2, query: "q2", positives: ["p2"], negatives: ["b", "c"] },
  ]);
  expect(parsed.badLines).toMatchObject([{ line: 3, code: "missing-positive" }]);
  expect(await codeOf(parse(new Uint8Array(buffer).slice(0, 200), "a.parquet"))).toBe("dataset-parquet-damaged");
});

test("gzip, by content and not by name; a cut archive is said to be damaged", async () => {
  const packed = gzipSync(jsonl({ query: "q", positive: "p" }, { query: "r", positive: "s" }));
  expect((await parse(packed, "a.jsonl.gz")).rows).toHaveLength(2);
  expect((await parse(packed, "download")).rows).toHaveLength(2);
  expect((await parse(gzipSync("query,positive\nq,p\n"), "a.csv.gz")).rows).toHaveLength(1);
  expect(await codeOf(parse(packed.subarray(0, packed.length - 12), "a.jsonl.gz"))).toBe("dataset-gzip-damaged");
});

test.each([
  ["", "a.jsonl", "dataset-empty"],
  ["\ufeff\n \n", "a.jsonl", "dataset-empty"],
  ["this is no Parquet\n", "a.parquet", "dataset-parquet-damaged"],
  ["query,positive\n", "a.csv", "dataset-empty"],
  ["just prose\nand more prose", "a.jsonl", "dataset-not-jsonl"],
  ['{\n  "query": "never ends', "a.json", "dataset-not-json"],
  ['{"only":"one"}', "a.jsonl", "dataset-one-column"],
  ["PK\u0003\u0004rest", "a.jsonl", "dataset-not-text"],
  ["a\u0000b", "a.jsonl", "dataset-not-text"],
])("file %j named %s: %s", async (content, fileName, code) => {
  expect(await codeOf(parse(content, fileName))).toBe(code);
});

test("a file whose lines are JSON but no pairs comes back with its bad lines", async () => {
  const parsed = await parse(jsonl({ query: "", positive: "x" }, { query: "y" }, 5));
  expect(parsed.rows).toEqual([]);
  expect(parsed.badLines.map((bad) => bad.code)).toEqual(["empty-query", "missing-positive", "not-an-object"]);
});

test("a damaged first line does not turn JSONL into a document", async () => {
  const parsed = await parse(`{"query":"a","posi\n${jsonl({ query: "q", positive: "p" })}`);
  expect(parsed.rows).toHaveLength(1);
  expect(parsed.badLines).toMatchObject([{ line: 1, code: "not-json" }]);
});

test("long documents pass, an endless line is a bad line, and memory is bounded by refusing", async () => {
  const long = "word ".repeat(100_000);
  const endless = "x".repeat(LIMITS.lineBytes + 10);
  const content = `${jsonl({ query: "q", positive: long })}\n${endless}\n${jsonl({ query: "r", positive: "s" })}`;
  const parsed = await parse(content, "a.jsonl", null, 1 << 20);
  expect(parsed.rows.map((row) => row.line)).toEqual([1, 3]);
  expect(parsed.badLines).toMatchObject([{ line: 2, code: "line-too-long" }]);
  expect(parsed.badLines[0]?.text.length).toBeLessThan(500);
  const stream = {
    async *[Symbol.asyncIterator]() {
      yield utf8.encode('{"query":"q","positive":"p"}\n');
    },
  };
  expect(await codeOf(parseDataset(stream, { fileName: "a.jsonl", bytes: LIMITS.textBytes + 1 }))).toBe(
    "dataset-too-large",
  );
});

test("a big file that is not JSONL is given up early", async () => {
  let read = 0;
  async function* prose() {
    const chunk = utf8.encode("some words of prose\n".repeat(5_000));
    for (let i = 0; i < 2_000; i++) {
      read += chunk.length;
      yield chunk;
    }
  }
  expect(await codeOf(parseDataset(prose(), { fileName: "a.jsonl", bytes: 2e8 }))).toBe("dataset-not-jsonl");
  expect(read).toBeLessThan(1e6);
});

test("progress is reported and an abort stops the reading and closes the source", async () => {
  const line = utf8.encode(`${jsonl({ query: "q", positive: "p" })}\n`);
  let closed = false;
  async function* endless() {
    try {
      for (;;) yield line;
    } finally {
      closed = true;
    }
  }
  const controller = new AbortController();
  const seen: ParseProgress[] = [];
  const onProgress = (progress: ParseProgress) => {
    seen.push(progress);
    if (progress.rows > 300) controller.abort();
  };
  const work = parseDataset(endless(), { fileName: "a.jsonl", bytes: null, onProgress, signal: controller.signal });
  await expect(work).rejects.toMatchObject({ name: "AbortError" });
  expect(closed).toBe(true);
  expect(seen.at(-1)?.bytes).toBeGreaterThan(300 * line.length);
});

test("a web stream is read like any other source", async () => {
  const file = new Blob([jsonl({ query: "q", positive: "p" })]);
  const parsed = await parseDataset(file.stream(), { fileName: "a.jsonl", bytes: file.size });
  expect(parsed).toMatchObject({ rows: [{ query: "q" }], bytes: file.size });
});

test("a row keeps when it was judged, and a column of another meaning is no moment", async () => {
  const { rows, dialect } = await parse(
    jsonl(
      { query: "a", positive: ["b"], judged_at: "2026-11-02T10:00:00.000Z", source_ids: ["0123456789abcdef"] },
      { query: "c", positive: ["d"], judged_at: "yesterday", source_ids: ["fedcba9876543210"] },
    ),
  );
  expect(rows.map(({ judgedAt }) => judgedAt)).toEqual([Date.UTC(2026, 10, 2, 10), undefined]);
  expect(dialect.guessed).toBeFalsy();
});

test("a file without rows is not called empty when it has a header", async () => {
  const refusal = async (text: string, name: string) =>
    (await parse(text, name).catch((thrown: Error) => thrown)) as Error;
  expect((await refusal("query,positive\n", "a.csv")).message).toBe("The file has a header, but no rows below it.");
  expect((await refusal(" \n", "a.csv")).message).toBe("The file is empty.");
});
