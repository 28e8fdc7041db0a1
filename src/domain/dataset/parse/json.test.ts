import { expect, test } from "vitest";
import { jsonl, parsePairs } from "../../../testing/parsePairs.ts";

const ROWS = [
  { query: "q one", positive: "p one" },
  { query: "q two", positive: "p two" },
  { query: "q three", positive: "p three" },
];
const TEXTS = ROWS.map(({ query, positive }) => [query, [positive]]);
const texts = (rows: { query: string; positives: string[] }[]) =>
  rows.map(({ query, positives }) => [query, positives]);
const column = (name: "query" | "positive") => ROWS.map((row) => row[name]);
const byIndex = (values: unknown[], names = values.map((_, i) => String(i))) =>
  Object.fromEntries(values.map((value, i) => [names[i], value]));

test.each<[string, unknown]>([
  ["pandas by column", { query: byIndex(column("query")), positive: byIndex(column("positive")) }],
  [
    "pandas by column, with names of rows",
    { query: byIndex(column("query"), ["x", "y", "z"]), positive: byIndex(column("positive"), ["x", "y", "z"]) },
  ],
  ["pandas orient=index", byIndex(ROWS)],
  ["pandas orient=index, with names of rows", byIndex(ROWS, ["x", "y", "z"])],
  [
    "pandas orient=split",
    { columns: ["query", "positive"], index: [0, 1, 2], data: ROWS.map((row) => Object.values(row)) },
  ],
  ["pandas orient=records", ROWS],
  ["pandas orient=table", { schema: { fields: [{ name: "query" }], pandas_version: "1.4.0" }, data: ROWS }],
  ["lists by column", { query: column("query"), positive: column("positive") }],
  [
    "a data set viewer's rows",
    { features: [], rows: ROWS.map((row, i) => ({ row_idx: i, row, truncated_cells: [] })), num_rows_total: 3 },
  ],
  ["a list under a usual name", { version: 1, data: ROWS }],
  ["a list under the only name", { my_pairs: ROWS }],
  [
    "SQuAD as published",
    {
      version: "1.1",
      data: [
        {
          title: "T",
          paragraphs: ROWS.map(({ query, positive }) => ({
            context: positive,
            qas: [{ id: "x", question: query, answers: [{ text: "p", answer_start: 0 }] }],
          })),
        },
      ],
    },
  ],
])("%s, on one line and over many", async (_, value) => {
  for (const indent of [undefined, 1, 2]) {
    const parsed = await parsePairs(JSON.stringify(value, null, indent), "table.json");
    expect(texts(parsed.rows)).toEqual(TEXTS);
    expect(parsed.badLines).toEqual([]);
    expect(parsed.dialect.guessed).toBeUndefined();
  }
});

test("a record with documents as objects is one record, not a table by column", async () => {
  const record = { query: { text: "q", title: "" }, positive: { text: "p", title: "T" } };
  expect(texts((await parsePairs(JSON.stringify(record, null, 1), "one.json")).rows)).toEqual([["q", ["T\np"]]]);
});

test("what the viewer has cut is a bad line; two lists in one file are refused by name", async () => {
  const rows = ROWS.map((row, i) => ({ row, truncated_cells: i === 1 ? ["positive"] : [] }));
  const parsed = await parsePairs(JSON.stringify({ rows }), "v.json");
  expect(parsed.rows).toHaveLength(2);
  expect(parsed.badLines).toMatchObject([{ line: 2, code: "cut-by-viewer" }]);
  const both = parsePairs(JSON.stringify({ train: ROWS, test: ROWS }), "v.json");
  await expect(both).rejects.toMatchObject({
    code: "dataset-several-lists",
    message: expect.stringContaining("train, test"),
  });
});

test("records over several lines, one behind the other, with one of them broken: it costs its own lines", async () => {
  const pretty = ROWS.map((row) => JSON.stringify(row, null, 2));
  const broken = [pretty[0], '{\n  "query": "no comma"\n  "positive": "p"\n}', pretty[1], pretty[2]];
  const parsed = await parsePairs(broken.join("\n"), "records.jsonl");
  expect(parsed.rows.map(({ line }) => line)).toEqual([1, 9, 13]);
  expect(parsed.badLines).toMatchObject([
    { line: 5, lines: 4, code: "not-json", reason: "A comma is missing before character 3 of line 7." },
  ]);
});

test("a list with a broken record keeps the others; one cut short keeps what is whole", async () => {
  const list = JSON.stringify(ROWS, null, 2);
  const damaged = await parsePairs(list.replace('"q two",', '"q two"'), "list.json");
  expect(texts(damaged.rows)).toEqual([TEXTS[0], TEXTS[2]]);
  expect(damaged.badLines).toMatchObject([{ line: 6, lines: 4 }]);
  const cut = await parsePairs(list.slice(0, list.indexOf("p three")), "list.json");
  expect(texts(cut.rows)).toEqual(TEXTS.slice(0, 2));
  expect(cut.badLines).toMatchObject([
    { line: 10, reason: "A text is not closed: the quotation mark at its end is missing." },
  ]);
});

test("Python's own way of writing, commas at line ends, records that go on in the next line", async () => {
  const python = [
    "{'query': 'q one', 'positive': 'p one', 'score': nan}",
    "{'query': \"q's\", 'positive': 'two'}",
  ].join("\n");
  const read = await parsePairs(python, "dump.jsonl");
  expect(read.rows.map(({ query }) => query)).toEqual(["q one", "q's"]);
  expect(read.notes).toEqual([
    "2 records are written as Python prints them and were read so.",
    "1 record holds NaN or Infinity, which is no JSON; it counts as empty.",
  ]);
  const mixed = [
    `${jsonl(ROWS[0])},`,
    '{"query": "q two", "negatives": [',
    '  "n"],',
    "",
    '  "positive": "p two"}',
    '{"query": "cut',
    jsonl(ROWS[2]),
  ].join("\n");
  const parsed = await parsePairs(mixed, "mixed.jsonl");
  expect(texts(parsed.rows)).toEqual(TEXTS);
  expect(parsed.rows.map(({ line }) => line)).toEqual([1, 2, 7]);
  expect(parsed.badLines.map(({ line }) => line)).toEqual([6]);
  expect(parsed.blankLines).toBe(0);
});
