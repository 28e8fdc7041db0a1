import { describe, expect, test } from "vitest";
import { openDoubts } from "../openDoubts.ts";
import { parseFile } from "../../../testing/parsePairs.ts";

const QUERY = "how do I know that the chain is worn";
const note = (number: number, part: string, value: number): string =>
  `Shop note ${number}: the ${part} of a town bicycle is checked under the stand lamp; measure it against the gauge and write the value ${value} into the book.`;
const CHAIN = note(1, "chain", 10);
const HOURS = (number: number, locker: number): string =>
  `Shop note ${number}: opening hours of the shed near the canal lock and who keeps the key of locker ${locker}.`;

/** Files after what people bring, of 16 pairs each: the columns that have to be taken, and the first pair. */
const READ: readonly [file: string, name: string, line: number, positive: string, negatives: string[]][] = [
  [
    "01-dpr.json",
    "question/positive_ctxs/hard_negative_ctxs",
    1,
    `Bench book\n${CHAIN}`,
    [`Notices\n${HOURS(200, 0)}`],
  ],
  ["05-nan-score.jsonl", "query/positive", 1, CHAIN, []],
  ["06-pandas-to-json-default.json", "query/positive", 1, CHAIN, []],
  ["06c-hf-viewer-rows.json", "query/positive", 1, CHAIN, []],
  ["11c-pretty-concatenated.jsonl", "query/positive", 1, CHAIN, []],
  ["11d-array-trailing-comma.json", "query/positive", 1, CHAIN, []],
  ["12-alpaca.json", "instruction + input/output", 1, CHAIN, []],
  ["13-squad-rows.jsonl", "question/context", 1, CHAIN, []],
  ["16b-questions-answers-plural.csv", "questions/answers", 2, CHAIN, []],
];

test.each(READ)("%s is read as %s without a question", async (file, name, line, positive, negatives) => {
  const parsed = await parseFile(file);
  expect(parsed.dialect.name).toBe(name);
  expect(openDoubts(parsed.dialect)).toEqual([]);
  expect(parsed.rows).toHaveLength(16);
  expect(parsed.rows[0]).toEqual({ line, query: QUERY, positives: [positive], negatives });
  expect(parsed.rows[3]?.query).toBe("when to replace the headset");
  expect(parsed).toMatchObject({ badLines: [], blankLines: 0 });
});

test("what JSON does not allow is read and said", async () => {
  expect((await parseFile("05-nan-score.jsonl")).notes).toEqual([
    "8 records hold NaN or Infinity, which is no JSON; they count as empty.",
    'The score in "score" is always 0.9; it was not used.',
  ]);
  expect((await parseFile("11d-array-trailing-comma.json")).notes).toEqual([
    "1 record ends with a comma too many, which was overlooked.",
  ]);
});

describe("answer and context in one table", () => {
  test("RAGAS: the contexts are proposed and unpacked, and the person is asked", async () => {
    const parsed = await parseFile("08-ragas.csv");
    expect(parsed.dialect).toMatchObject({
      query: "user_input",
      positive: "reference_contexts",
      doubts: ["documents"],
    });
    expect(parsed.rows).toHaveLength(16);
    expect(parsed.rows[0]).toEqual({ line: 2, query: QUERY, positives: [CHAIN, HOURS(200, 0)], negatives: [] });
  });
  test("question, answer, context: the context is proposed; whoever wants the answer says so", async () => {
    const parsed = await parseFile("08c-question-answer-context.csv");
    expect(parsed.dialect).toMatchObject({ query: "question", positive: "context", doubts: ["documents"] });
    expect(parsed.rows[0]?.positives).toEqual([CHAIN]);
    const chosen = await parseFile("08c-question-answer-context.csv", { positive: "answer" });
    expect(openDoubts(chosen.dialect)).toEqual([]);
    expect(chosen.dialect.query).toBe("question");
    expect(chosen.rows[0]?.positives).toEqual(["Value 10."]);
  });
});

test("a graded label is seen, and nothing low becomes a match", async () => {
  const file = "02c-msswift-cosine-graded.jsonl";
  const parsed = await parseFile(file);
  expect(openDoubts(parsed.dialect, true)).toEqual(["score"]);
  expect(parsed.scores).toEqual({
    column: "label",
    count: 16,
    missing: 0,
    min: 0.05,
    max: 0.85,
    values: [
      [0.05, 8],
      [0.85, 8],
    ],
    suggested: 0.5,
  });
  const chosen = await parseFile(file, { score: { column: "label", min: 0.5, negativeBelow: null } });
  expect(openDoubts(chosen.dialect)).toEqual([]);
  expect(chosen.graded).toEqual({
    matches: 8,
    negatives: 0,
    leftOut: 8,
    unmatched: 0,
    lines: [1, 3, 5, 7, 9, 11, 13, 15],
  });
  expect(chosen.rows.map(({ line }) => line)).toEqual([2, 4, 6, 8, 10, 12, 14, 16]);
  expect(chosen.rows[0]?.positives).toEqual([note(2, "rear derailleur", 11)]);
});

test("triples without quoting: every line is kept as it stands, and the three columns are proposed", async () => {
  const parsed = await parseFile("03-triples-literal-quotes.tsv");
  expect(parsed.dialect).toMatchObject({
    query: "column 1",
    positive: "column 2",
    negative: ["column 3"],
    doubts: ["names"],
  });
  expect(parsed.badLines).toEqual([]);
  expect(parsed.rows.map(({ line }) => line)).toEqual(Array.from({ length: 16 }, (_, i) => i + 1));
  expect(parsed.rows[4]?.positives[0]).toBe(`"Cassette" is what riders call the cogs. ${note(5, "cassette", 14)}`);
  expect(parsed.rows[9]?.query).toBe('"seatpost stuck');
  expect(parsed.rows[12]?.positives[0]).toContain('They say 26" wheels');
});

test("Excel: sep= is no header, a mark at the beginning no text, and CR ends lines", async () => {
  const german = await parseFile("04c-excel-utf8-bom-sep-line.csv");
  expect(german.dialect).toEqual({ name: "Frage/Antwort", query: "Frage", positive: "Antwort", negative: [] });
  expect(german.rows).toHaveLength(16);
  expect(german.rows[0]).toMatchObject({ line: 3, query: "Woran erkenne ich that the chain is müde" });
  expect(german.rows[0]?.positives[0]).toContain(";\nGrüße aus der Werkstatt – measure it");
  expect(german.rows[1]?.line).toBe(5);
  const mac = await parseFile("22c-cr-only.csv");
  expect(mac.rows).toHaveLength(16);
  expect(mac.rows[15]).toEqual({
    line: 17,
    query: "how is part 15 cleaned and when",
    positives: ["Shop note 15 part 15 dries on hook 15"],
    negatives: [],
  });
});

test("Parquet: 64-bit ids print, the null query is named, and labels part the pairs", async () => {
  const ids = await parseFile("21-int64-id-null-query.parquet");
  expect(ids.rows).toHaveLength(13);
  expect(ids.badLines).toEqual([
    {
      line: 4,
      code: "missing-query",
      reason: 'The query in "query" is null.',
      text: '{"id":3,"query":null,"positive":"Shop note 3: part 3 goes through bath 3 and dries on hook 3."}',
    },
  ]);
  const labels = await parseFile("21f-label0.parquet");
  expect(openDoubts(labels.dialect)).toEqual([]);
  expect(labels.dialect.score).toEqual({ column: "label", min: 1, negativeBelow: 1 });
  expect(labels.rows.map(({ line }) => line)).toEqual([2, 4, 6, 8, 10, 12, 14]);
  expect(labels.graded).toEqual({ matches: 7, negatives: 0, leftOut: 0, unmatched: 7, lines: [1, 3, 5, 7, 9, 11, 13] });
});

test.each([
  ["10-beir-queries.jsonl", "queries"],
  ["10-beir-corpus.jsonl", "corpus"],
  ["10-beir-qrels-test.tsv", "judgements"],
])("%s alone is said to be the %s of a set of three files", async (file, what) => {
  await expect(parseFile(file)).rejects.toMatchObject({
    code: "dataset-beir-part",
    message: expect.stringContaining(what),
  });
});
