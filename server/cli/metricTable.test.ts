import { expect, test } from "vitest";
import { evaluateRankings } from "../../src/domain/evaluation/index.ts";
import { sliceLines, slices } from "./metricTable.ts";

test("a line for each kind of question that has enough of them, with its interval", () => {
  const task = {
    // Short questions with their answer's word, and long ones without any.
    queries: Array.from({ length: 45 }, (_, i) => ({
      text: i < 20 ? `kettle ${i}` : `an entirely other way of asking ${i}`,
      relevant: [i],
      component: i,
    })),
    corpus: Array.from({ length: 45 }, (_, i) => (i < 20 ? "kettle" : "water")),
    splitHash: "s",
  };
  const found = (from: number, label: string) => {
    const top = task.queries.map((_, i) => (i >= from ? [i] : []));
    return evaluateRankings(task, { top, scores: top.map((row) => row.map(() => 1)) }, label, 0);
  };
  const rows = slices(task, found(20, "baseline"), found(0, "tuned"));
  expect(rows.map(({ name, queries, delta }) => [name, queries, delta])).toEqual([
    ["up to 5 words", 20, 1],
    ["6 to 12 words", 25, 0],
    ["no word in common", 25, 0],
    ["half of the words or more", 20, 1],
  ]);
  const lines = sliceLines(rows);
  expect(lines).toHaveLength(6);
  expect(lines[1]).toMatch(/^up to 5 words +20 +0\.00 +100\.00 +\+100\.00 +\[\+100\.00, \+100\.00\]$/);
  expect(lines.at(-1)).toContain("kinds of fewer than 20 queries are left out");
  expect(sliceLines([])).toEqual([]);
});
