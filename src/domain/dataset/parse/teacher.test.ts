import { expect, test } from "vitest";
import { jsonl, parsePairs } from "../../../testing/parsePairs.ts";
import { applyChoices, examplesOfRow, fingerprintDataset, type Choice } from "../index.ts";
import { keepNegatives } from "../keepNegatives.ts";

const flag = {
  query: "ask",
  pos: ["right one", "right two"],
  neg: ["wrong one", "wrong two"],
  pos_scores: [7.5, 3],
  neg_scores: [-2, 0.25],
};

test("FlagEmbedding's scores go with their texts, one example a positive", async () => {
  const { rows, dialect, badLines, scores } = await parsePairs(jsonl(flag));
  expect([dialect.teacher, badLines, scores]).toEqual([
    { positive: "pos_scores", negative: "neg_scores" },
    [],
    undefined,
  ]);
  expect(rows.flatMap(examplesOfRow)).toEqual([
    { query: "ask", positive: "right one", negatives: flag.neg, scores: [7.5, -2, 0.25] },
    { query: "ask", positive: "right two", negatives: flag.neg, scores: [3, -2, 0.25] },
  ]);
});

test.each<[string, Record<string, unknown>, (number | null)[] | undefined]>([
  [
    "positive_score and negative_scores",
    { query: "a b", positive: "c d", negatives: ["e f", "g h"], positive_score: 1, negative_scores: [0, -1] },
    [1, 0, -1],
  ],
  [
    "a score that is missing",
    { query: "a b", pos: ["c d"], neg: ["e f", "g h"], pos_scores: [1], neg_scores: [null, 2] },
    [1, null, 2],
  ],
  ["scores of the positive alone", { query: "a b", pos: ["c d"], neg: ["e f"], pos_scores: [1] }, [1, null]],
  ["none at all", { query: "a b", pos: ["c d"], neg: ["e f"], pos_scores: null }, undefined],
])("reads %s", async (_what, row, scores) => {
  const parsed = await parsePairs(jsonl(row, { ...row, query: "another" }));
  expect(parsed.badLines).toEqual([]);
  expect(parsed.rows.flatMap(examplesOfRow)[0]?.scores).toEqual(scores);
});

test("lists in the cells of a table are read", async () => {
  const csv = 'query,positive,negative,positive_score,negative_score\nask this,right text,wrong text,"[0.5]",-1.5\n';
  const { rows } = await parsePairs(csv, "pairs.csv");
  expect(rows[0]?.teacher).toEqual({ positives: [0.5], negatives: [-1.5] });
});

test("scores that fit no text, and such that are none, are bad lines with the reason", async () => {
  const { rows, badLines } = await parsePairs(
    jsonl(flag, { ...flag, neg_scores: [1] }, { ...flag, pos_scores: ["high", 1] }),
  );
  expect(rows).toHaveLength(1);
  expect(badLines.map(({ line, code, reason }) => [line, code, reason])).toEqual([
    [2, "wrong-scores", '"neg_scores" holds 1 score for 2 texts.'],
    [3, "wrong-scores", 'A score in "pos_scores" is not a number.'],
  ]);
});

test("scores stay with their texts when negatives or documents are left out, and belong to what a data set is", async () => {
  const { rows, ...parsed } = await parsePairs(jsonl(flag));
  expect(rows.map((row) => keepNegatives(row, (text) => text !== "wrong one"))).toMatchObject([
    { negatives: ["wrong two"], teacher: { positives: [7.5, 3], negatives: [0.25] } },
  ]);
  const other = rows.map((row) => ({ ...row, teacher: { positives: [7, 3], negatives: [-2, 0.25] } }));
  expect(fingerprintDataset(other)).not.toBe(fingerprintDataset(rows));
  const dropped: Choice = {
    id: "c",
    label: "",
    effect: { type: "drop-negatives", negatives: [{ row: 0, negative: 0 }] },
  };
  expect(applyChoices({ ...parsed, rows }, [dropped]).parsed.rows[0]?.teacher?.negatives).toEqual([0.25]);
  const scored = await parsePairs(jsonl({ ...flag, score: [0, 1] }, { ...flag, query: "more", score: [1, 0] }));
  expect(scored.rows[0]).toMatchObject({
    positives: ["right two"],
    negatives: ["wrong one", "wrong two", "right one"],
    teacher: { positives: [3], negatives: [-2, 0.25] },
  });
});
