import { describe, expect, test } from "vitest";
import { jsonl, parsePairs } from "../../../testing/parsePairs.ts";
import { openDoubts } from "../openDoubts.ts";
import type { ScoreRule } from "../types.ts";

const pairs = (scores: readonly unknown[], column = "score") =>
  jsonl(...scores.map((score, i) => ({ query: `ask ${i}`, positive: `text ${i}`, [column]: score })));
const parse = async (content: string, score?: ScoreRule | null, fileName = "pairs.jsonl") => {
  const parsed = await parsePairs(content, fileName, score === undefined ? null : { score });
  return { parsed, doubts: openDoubts(parsed.dialect, true), lines: parsed.rows.map(({ line }) => line) };
};

describe("a graded score waits for a threshold", () => {
  test.each<[string, unknown[], number]>([
    ["score", [0.9, 0.1, 0.5], 0.5],
    ["similarity", [4.8, 1.2, 3.4], 4],
    ["label", [5, 1, 3], 4],
    ["cosine_similarity", [-0.8, 0.9, 0.1], 0.5],
    ["Relevance", ["2", "0", "1"], 1],
    ["rating", ["0,9", "0,2", "0,5"], 0.5],
    ["gold_score", [90, 10, 55], 70],
    ["label", ["entailment", "neutral", "contradiction"], 0.5],
  ])("%s with %j", async (column, scores, suggested) => {
    const { parsed, doubts } = await parse(pairs(scores, column));
    expect(doubts).toEqual(["score"]);
    expect(parsed.scores).toMatchObject({ column, count: 3, missing: 0, suggested });
    expect(parsed.graded).toBeUndefined();
  });
  test("also when the first records have but one value, or two", async () => {
    const late = [...Array.from({ length: 300 }, () => 1), 0.4];
    expect((await parse(pairs(late))).doubts).toEqual(["score"]);
    expect((await parse(pairs([...late.slice(0, 250), 0, 0.7]))).doubts).toEqual(["score"]);
  });
  test("without a name, in lists and in tables without a header", async () => {
    const lists = await parse(jsonl(["a b", "c d", 0.9], ["e f", "g h", 0.1]));
    expect(lists.parsed.scores?.column).toBe("2");
    expect(lists.parsed.rows[0]?.negatives).toEqual([]);
    const table = await parse(
      "a long question here\ta text of words\t4.5\nanother question here\tmore text\t0.5\n",
      undefined,
      "t.tsv",
    );
    expect(table.parsed.scores?.column).toBe("column 3");
  });
  test("a running number is none", async () => {
    const table = Array.from({ length: 30 }, (_, i) => `a long question ${i} here\ta text of words ${i}\t${i}`).join(
      "\n",
    );
    expect((await parse(table, undefined, "t.tsv")).parsed.scores).toBeUndefined();
  });
});

describe("labels of two values say themselves what is a match", () => {
  test.each<[unknown, unknown]>([
    [1, 0],
    ["1", "0"],
    [true, false],
    [1, -1],
    [1.0, 0.0],
    ["yes", "no"],
    ["relevant", "not relevant"],
  ])("%j is a match, %j is none", async (yes, no) => {
    const { parsed, doubts, lines } = await parse(pairs([yes, no, yes, no], "label"));
    expect(doubts).toEqual([]);
    expect(lines).toEqual([1, 3]);
    expect(parsed.graded).toMatchObject({ matches: 2, unmatched: 2, lines: [2, 4] });
  });
  test("what is none becomes a hard negative where the query has a match, in any order", async () => {
    const content = jsonl(
      { query: "a", positive: "wrong", label: 0 },
      { query: "a", positive: "right", label: 1 },
      { query: "a", positive: "too", label: 1 },
      { query: "b", positive: "alone", label: 0 },
    );
    const { parsed } = await parse(content);
    expect(parsed.rows).toEqual([
      { line: 2, query: "a", positives: ["right"], negatives: ["wrong"] },
      { line: 3, query: "a", positives: ["too"], negatives: [] },
    ]);
    expect(parsed.graded).toEqual({ matches: 2, negatives: 1, leftOut: 0, unmatched: 1, lines: [4] });
  });
  test("lists of documents with a label each", async () => {
    const fields = { query: "q", documents: ["good", "bad", "fine"], labels: [1, 0, 1] };
    const inside = {
      query: "q",
      docs: [
        { text: "good", label: 1 },
        { text: "bad", label: 0 },
        { text: "fine", label: 1 },
      ],
    };
    const struct = { query: "q", passages: { is_selected: [1, 0, 1], passage_text: ["good", "bad", "fine"] } };
    for (const record of [fields, inside, struct])
      expect((await parse(jsonl(record))).parsed.rows).toEqual([
        { line: 1, query: "q", positives: ["good", "fine"], negatives: ["bad"] },
      ]);
  });
});

describe("a threshold", () => {
  const rule: ScoreRule = { column: "score", min: 0.7, negativeBelow: 0.3 };
  test("parts matches, what lies between, and hard negatives; the row without a score is named", async () => {
    const content = jsonl(
      { query: "a", positive: "right", score: 0.7 },
      { query: "a", positive: "between", score: 0.3 },
      { query: "a", positive: "wrong", score: 0.29 },
      { query: "a", positive: "unknown", score: null },
      { query: "a", positive: "word", score: "high" },
    );
    const { parsed, doubts } = await parse(content, rule);
    expect(doubts).toEqual([]);
    expect(parsed.rows).toEqual([{ line: 1, query: "a", positives: ["right"], negatives: ["wrong"] }]);
    expect(parsed.graded).toEqual({ matches: 1, negatives: 1, leftOut: 1, unmatched: 0, lines: [2] });
    expect(parsed.badLines).toMatchObject([
      { line: 4, code: "missing-score" },
      { line: 5, code: "wrong-type" },
    ]);
  });
  test("without negatives low ones are left out; without a rule every pair is a match", async () => {
    expect((await parse(pairs([0.9, 0.1, 0.5]), { ...rule, negativeBelow: null })).lines).toEqual([1]);
    const all = await parse(pairs([0.9, 0.1, 0.5]), null);
    expect(all).toMatchObject({ doubts: [], lines: [1, 2, 3] });
    expect(all.parsed.dialect.score).toBeNull();
  });
  test("scores of another number than the documents are a bad line", async () => {
    const { parsed } = await parse(
      jsonl({ query: "q", documents: ["a", "b"], score: [1] }, { query: "q", documents: ["a"], score: [1] }),
      rule,
    );
    expect(parsed.badLines).toMatchObject([{ line: 1, reason: '"score" holds 1 scores for 2 documents.' }]);
  });
});

test("scores of titles, of explicit positives and negatives, and of one value ask nothing", async () => {
  const record = { query: "q", pos: ["p"], pos_scores: [0.3], title_score: 0.2 };
  expect((await parse(jsonl(record, { ...record, pos_scores: [0.9], title_score: 0.9 }))).doubts).toEqual([]);
  const same = await parse(pairs([0.9, 0.9]));
  expect(same.doubts).toEqual([]);
  expect(same.parsed.notes).toEqual(['The score in "score" is always 0.9; it was not used.']);
});
