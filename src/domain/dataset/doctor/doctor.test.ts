import fc from "fast-check";
import { expect, test } from "vitest";
import { at } from "../../present.ts";
import { mulberry32 } from "../../random.ts";
import { guessLanguage, hasEmail, hasPhone } from "../../text/index.ts";
import { splitDataset } from "../split/split.ts";
import type { PairRow, ParsedDataset } from "../types.ts";
import { applyChoices, chosenChoices, exportBadLines, undecided } from "./choices.ts";
import { diagnose, type DiagnoseOptions } from "./diagnose.ts";
import { estimateTokens, lengthTexts } from "./lengths.ts";
import type { FindingCode } from "./types.ts";

const next = mulberry32(11);
const phrase = (count: number): string => Array.from({ length: count }, () => next().toString(36)).join(" ");
const pair = (i: number, more: Partial<PairRow> = {}): PairRow => ({
  line: i + 1,
  query: `query ${phrase(6)}`,
  positives: [`document ${phrase(12)}`],
  negatives: [],
  ...more,
});
const pairs = (count: number): PairRow[] => Array.from({ length: count }, (_, i) => pair(i));
const parsed = (rows: PairRow[], more: Partial<ParsedDataset> = {}): ParsedDataset => ({
  fileName: "pairs.jsonl",
  bytes: 1,
  dialect: { name: "query/positive", query: "query", positive: "positive", negative: [] },
  rows,
  badLines: [],
  blankLines: 0,
  corpus: [],
  ...more,
});
const find = (data: ParsedDataset, code: FindingCode, options?: DiagnoseOptions) =>
  diagnose(data, options).findings.find((finding) => finding.code === code);
const first = (rows: PairRow[], i: number): string => at(at(rows, i).positives, 0);

test("a clean file of good size has nothing to decide", () => {
  const report = diagnose(parsed(pairs(250)));
  expect(report.findings).toEqual([]);
  expect(report).toMatchObject({
    rows: 250,
    distinctQueries: 250,
    distinctDocuments: 250,
    groups: 250,
    largestGroup: 1 / 250,
  });
  expect(report.lengths.documents.histogram.reduce((sum, bin) => sum + bin.count, 0)).toBe(250);
});

test("bad lines block until they are left out, and are downloadable", () => {
  const bad = { line: 3, text: "ümlaut", code: "not-json", reason: "The line is not a complete JSON value." };
  const data = parsed(pairs(250), { badLines: [bad] });
  const report = diagnose(data);
  expect(report.findings[0]).toMatchObject({
    code: "bad-lines",
    severity: "blocking",
    lines: [3],
    sentence: "1 line cannot be read as a pair.",
  });
  expect(undecided(report, {}).map((finding) => finding.code)).toEqual(["bad-lines"]);
  expect(undecided(report, { "bad-lines": "drop-bad-lines" })).toEqual([]);
  const applied = applyChoices(data, chosenChoices(report, { "bad-lines": "drop-bad-lines" }));
  expect(applied).toMatchObject({ droppedBadLines: 1, droppedRows: 0 });
  expect(applied.parsed.badLines).toEqual([]);
  expect(data.badLines).toHaveLength(1);
  expect(exportBadLines(data)).toMatchObject({
    fileName: "pairs.bad-lines.jsonl",
    text: `${JSON.stringify({ line: 3, code: "not-json", reason: bad.reason, text: "ümlaut" })}\n`,
  });
});

test("repeated and nearly repeated rows are grouped; choosing keeps the first", () => {
  const rows = pairs(250);
  rows[7] = { ...at(rows, 2), line: 8, query: ` ${rows[2]?.query.toUpperCase()}` };
  rows[9] = { ...at(rows, 4), line: 10, positives: [`${first(rows, 4)}s`] };
  const data = parsed(rows);
  expect(find(data, "duplicate-rows")).toMatchObject({ rows: [7], lines: [8], groups: [[2, 7]] });
  expect(find(data, "near-duplicate-rows")).toMatchObject({ severity: "info", groups: [[4, 9]] });
  expect(find(data, "near-duplicate-texts")).toMatchObject({ count: 2, rows: [4, 9] });
  const report = diagnose(data);
  const applied = applyChoices(
    data,
    chosenChoices(report, { "duplicate-rows": "drop-rows", "near-duplicate-rows": "keep" }),
  );
  expect(applied.droppedRows).toBe(1);
  expect(applied.parsed.rows.map((row) => row.line)).not.toContain(8);
});

test("a text that is right and wrong for one query is found across rows, and the negative can be removed", () => {
  const rows = pairs(250);
  rows[1] = {
    ...at(rows, 1),
    query: at(rows, 0).query,
    negatives: ["fine one", first(rows, 0).toUpperCase()],
  };
  const data = parsed(rows);
  expect(find(data, "conflicting-labels")).toMatchObject({ severity: "blocking", rows: [1], count: 1 });
  const applied = applyChoices(data, chosenChoices(diagnose(data), { "conflicting-labels": "drop-negatives" }));
  expect(applied.droppedNegatives).toBe(1);
  expect(applied.parsed.rows[1]?.negatives).toEqual(["fine one"]);
  expect(find(applied.parsed, "conflicting-labels")).toBeUndefined();
});

test("queries that are documents", () => {
  const rows = pairs(250);
  rows[3] = pair(3, { query: first(rows, 5) });
  rows[6] = pair(6, { query: "Same text here", positives: ["same  text here"] });
  expect(find(parsed(rows), "query-is-document")).toMatchObject({ rows: [3], severity: "info" });
  expect(find(parsed(rows), "query-equals-document")).toMatchObject({ rows: [6], severity: "warning" });
});

test("a leaking test file is caught; leaving the rows out makes the split possible", () => {
  const rows = pairs(250);
  const held = pairs(20);
  rows[8] = pair(8, { positives: [first(held, 3).toUpperCase()] });
  rows[9] = pair(9, { query: `${held[4]?.query}x` });
  const data = parsed(rows);
  const leak = find(data, "test-leak", { test: held });
  expect(leak).toMatchObject({ severity: "blocking", rows: [8, 9] });
  expect(leak?.sentence).toContain("1 of them nearly");
  expect(leak?.choices.map((choice) => choice.id)).toEqual(["drop-rows", "drop-equal"]);
  expect(() => splitDataset([...rows, ...held], { seed: 1, testRows: 20 })).toThrow("2 rows share");
  const { parsed: mended } = applyChoices(data, leak?.choices.slice(0, 1) ?? []);
  expect(splitDataset([...mended.rows, ...held], { seed: 1, testRows: 20 }).test).toHaveLength(20);
});

test("truncation is counted from exact lengths, or estimated and said to be", () => {
  const rows = pairs(250);
  rows[0] = pair(0, { positives: ["short", "word ".repeat(20_000)] });
  const data = parsed(rows);
  expect(find(data, "truncated")).toMatchObject({ rows: [0], count: 1, severity: "info" });
  expect(find(data, "truncated")?.sentence).toBe(
    "About 0.4 % of the documents (1 document) are longer than 256 tokens.",
  );
  const { queries, documents } = lengthTexts(rows);
  const tokenLengths = { queries: queries.map(() => 300), documents: documents.map(() => 10) };
  const exact = find(data, "truncated", { tokenLengths, maxTokens: 128 });
  expect(exact?.sentence).toBe("0 % of the documents (0 documents) and 250 queries are longer than 128 tokens.");
  expect(exact?.severity).toBe("warning");
  expect(estimateTokens("eight ch")).toBe(3);
});

test.each([
  [[], "no-rows"],
  [pairs(2), "too-few-pairs"],
  [pairs(60), "few-pairs"],
  [pairs(20).map((row) => ({ ...row, query: "same" })), "one-query"],
  [pairs(20).map((row) => ({ ...row, positives: ["same"] })), "one-group"],
  [pairs(300).map((row, i) => (i < 120 ? { ...row, positives: ["same"] } : row)), "large-group"],
] as [PairRow[], FindingCode][])("too little or too tangled: %#", (rows, code) => {
  expect(find(parsed(rows), code)?.advice).toMatch(/\.$/);
});

test("what ties all rows together is named, with the cure for it", () => {
  const sentence = "It opens the door of the warehouse at the north gate when the shift begins, as number";
  const alike = pairs(40).map((row, i) => ({
    ...row,
    query: `How do I open door number ${i} of the warehouse at the north gate when the shift begins`,
    positives: [`${sentence} ${i}`],
  }));
  const near = find(parsed(alike), "one-group");
  expect(near?.sentence).toContain("texts that are nearly the same");
  expect(near?.advice).toContain("“Keep near duplicates together”");
  const negatives = pairs(20).map((row) => ({ ...row, negatives: ["the same for all"] }));
  expect(find(parsed(negatives), "one-group")?.sentence).toContain("shared hard negatives");
  const shared = pairs(20).map((row) => ({ ...row, positives: ["same"] }));
  expect(find(parsed(shared), "one-group")?.sentence).toContain("shared queries or documents");
});

test("a file too small to show anything does not promise a change of 100 points", () => {
  expect(find(parsed(pairs(12)), "few-pairs")?.sentence).toBe(
    "12 pairs can train a model, but cannot show whether it got better.",
  );
  expect(find(parsed(pairs(60)), "few-pairs")?.sentence).toMatch(
    /^60 pairs can only show a change of about \d+ points/,
  );
});

test("guessed columns block until they are confirmed", () => {
  const dialect = { name: "a/b", query: "a", positive: "b", negative: [], guessed: true };
  expect(find(parsed(pairs(250), { dialect }), "columns-guessed")?.severity).toBe("blocking");
  expect(find(parsed(pairs(250), { dialect }), "columns-guessed", { columnsConfirmed: true })).toBeUndefined();
});

test("e-mail and phone-like strings are seen; versions, dates and addresses of machines are not", () => {
  const rows = pairs(250);
  rows[2] = pair(2, { positives: ["Write to jane.doe@example.co.uk about it"] });
  rows[5] = pair(5, { query: "who answers +49 (30) 123 456-78" });
  expect(find(parsed(rows), "personal-data")).toMatchObject({ rows: [2, 5], severity: "warning" });
  for (const text of ["(415) 555-2671", "415-555-2671", "030/1234567-89", "+44 20 7946 0958"])
    expect(hasPhone(text)).toBe(true);
  for (const text of [
    "2024-01-02 10:22:33",
    "192.168.100.200",
    "1.2.3-beta.4",
    "call 12345",
    "1234567890123456",
    "01-02-2024",
  ])
    expect(hasPhone(text)).toBe(false);
  for (const text of ["@decorator", "a @ b.c", "user@host"]) expect(hasEmail(text)).toBe(false);
});

test.each([
  ["How do I sort the list of numbers in this program?", "English"],
  ["Wie kann ich die Datei auf dem Server öffnen und lesen?", "German"],
  ["Comment est-ce que je peux ouvrir le fichier dans une fenêtre ?", "French"],
  ["¿Cómo puedo abrir el archivo para que no se pierdan los datos?", "Spanish"],
  ["ファイルを開く方法を教えてください", "Japanese"],
  ["如何打开这个文件", "Chinese"],
  ["파일을 여는 방법", "Korean"],
  ["как открыть этот файл", "Cyrillic script"],
  ["Vec::push(42)", "undetermined"],
])("language of %s", (text, language) => {
  expect(guessLanguage(text)).toBe(language);
});

test("mixed languages are told with shares", () => {
  const rows = pairs(300).map((row, i) => ({
    ...row,
    positives: [i % 3 ? `This is the answer to it ${phrase(4)}` : `Das ist die Antwort und nicht mehr ${phrase(4)}`],
  }));
  expect(find(parsed(rows), "mixed-languages")?.sentence).toContain("English 67 %, German 33 %");
});

test("choices never touch rows they do not name", () => {
  const rows = pairs(40);
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(39)), (drop) => {
      const effect = { type: "drop-rows" as const, rows: drop };
      const { parsed: kept, droppedRows } = applyChoices(parsed(rows), [{ id: "x", label: "x", effect }]);
      expect(droppedRows).toBe(drop.length);
      expect(kept.rows).toEqual(rows.filter((_, i) => !drop.includes(i)));
    }),
  );
});

test("50,000 rows take seconds of processor time", () => {
  const vocabulary = Array.from({ length: 20_000 }, () => next().toString(36).slice(0, 6));
  const sentence = (count: number) =>
    Array.from({ length: count }, () => vocabulary[next() % vocabulary.length]).join(" ");
  const rows = Array.from({ length: 50_000 }, (_, i) => pair(i, { query: sentence(8), positives: [sentence(50)] }));
  for (let i = 0; i < 500; i++) rows[i * 2] = { ...at(rows, i * 2 + 1), line: i * 2 + 1 };
  // Processor time, because the machine may be busy with other tests.
  const before = process.cpuUsage();
  const report = diagnose(parsed(rows));
  const { user, system } = process.cpuUsage(before);
  expect(report.findings.find((finding) => finding.code === "duplicate-rows")?.count).toBe(500);
  expect((user + system) / 1e6).toBeLessThan(15);
}, 180_000);
