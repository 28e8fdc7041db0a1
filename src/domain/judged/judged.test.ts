import { expect, test } from "vitest";
import { parsePairs } from "../../testing/parsePairs.ts";
import { judgedLines } from "./file.ts";
import { PairFold } from "./fold.ts";
import { personalFindings } from "./personal.ts";
import type { Judged } from "./types.ts";

const judged = (id: string, query: string, documents: string[], verdicts: Judged["verdicts"], day: number): Judged => ({
  id,
  at: `2026-11-${String(day).padStart(2, "0")}T10:00:00+01:00`,
  query,
  documents,
  verdicts,
});

const fold = (...all: Judged[]) => {
  const pairs = new PairFold();
  for (const one of all) pairs.add(one);
  return pairs;
};

test("good documents become positives, bad ones hard negatives, the newest question last", () => {
  const folded = fold(
    judged("o1", "How to pay?", ["Pay so."], ["good"], 9),
    judged("o2", "how to  pay?", ["Wrong page."], ["bad"], 3),
    judged("o3", "Refunds", ["In three days."], ["good"], 5),
    judged("o3", "Refunds", ["seen twice"], ["good"], 5),
    judged("o4", "Nothing good", ["Wrong."], ["bad"], 6),
  );
  expect(folded.pairs()).toMatchObject([
    { query: "Refunds", positives: ["In three days."], negatives: [], judgedAt: "2026-11-05T09:00:00.000Z" },
    { query: "How to pay?", positives: ["Pay so."], negatives: ["Wrong page."], judgedAt: "2026-11-09T09:00:00.000Z" },
  ]);
  expect(folded.counts()).toEqual({ judged: 4, pairs: 2, positives: 2, negatives: 1, conflicts: 0, onlyBad: 1 });
  expect(folded.sources()).toMatchObject({ items: 4, idsHash: expect.stringMatching(/^[0-9a-f]{64}$/) });
});

test("a document judged both ways stays on both sides, for the data report to ask about", () => {
  const folded = fold(
    judged("o1", "q", ["disputed", "fine"], ["good"], 1),
    judged("o2", "q", ["Disputed"], ["bad"], 2),
    judged("o3", "r", ["both at once"], ["good", "bad"], 2),
  );
  expect(folded.counts()).toMatchObject({ conflicts: 2, pairs: 2 });
  expect(folded.pairs()[0]).toMatchObject({ positives: ["disputed", "fine"], negatives: ["Disputed"] });
});

test("the file is read back as the same pairs, with their moments and no id of a source", async () => {
  const pairs = fold(
    judged("observation-one", "q1", ["d1"], ["good"], 1),
    judged("observation-two", "q2", ["d2", "d3"], ["good"], 2),
    judged("observation-three", "q2", ["d4"], ["bad"], 2),
  ).pairs();
  const text = judgedLines(pairs).join("");
  expect(text).not.toContain("observation");
  const { rows, dialect } = await parsePairs(text);
  expect(dialect).toMatchObject({ query: "query", positive: "positive", negative: ["negatives"] });
  expect(dialect.guessed).toBeFalsy();
  expect(rows.map(({ query, positives, negatives, judgedAt }) => ({ query, positives, negatives, judgedAt }))).toEqual(
    pairs.map(({ query, positives, negatives, judgedAt }) => ({
      query,
      positives,
      negatives,
      judgedAt: Date.parse(judgedAt),
    })),
  );
});

test("what looks personal is found in questions and documents", () => {
  const pairs = fold(
    judged("1", "who is jo@example.org", ["d"], ["good"], 1),
    judged("2", "fine", ["nothing"], ["good"], 2),
    judged("3", "q", ["call 030 1234 5678"], ["good"], 3),
  ).pairs();
  expect(personalFindings(pairs)).toEqual([
    { pair: 0, what: ["e-mail address"], text: "who is jo@example.org" },
    { pair: 2, what: ["telephone number"], text: "call 030 1234 5678" },
  ]);
});
