import { expect, test } from "vitest";
import { evaluateRankings } from "../../src/domain/evaluation/index.ts";
import { intervalLines, metricLines, sliceLines, slices } from "./metricTable.ts";
import { comparePipeline, hybridLines, hybridOf } from "./pipelineLines.ts";

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
    columns: [
      {
        name: "source",
        values: ["faq", "a name that is too long for the table"],
        of: Array.from({ length: 45 }, (_, i) => (i < 10 ? -1 : i < 25 ? 0 : 1)),
      },
    ],
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
    ["a name that is too long for the table", 20, 0],
  ]);
  const lines = sliceLines(rows);
  expect(lines).toHaveLength(7);
  expect(lines[5]).toMatch(/^source: a name that is too… +20 /);
  expect(lines[1]).toMatch(/^up to 5 words +20 +0\.00 +100\.00 +\+100\.00 +\[\+100\.00, \+100\.00\]$/);
  expect(lines.at(-1)).toContain("kinds of fewer than 20 queries are left out");
  expect(sliceLines([])).toEqual([]);
});

/** Forty queries with a document each; a model's best place of it, by query. */
const onForty = () => {
  const queries = Array.from({ length: 40 }, (_, i) => ({ text: `q${i}`, relevant: [i], component: i }));
  const task = { queries, corpus: queries.map(({ text }) => text), splitHash: "s" };
  // The right document first, or behind ten others.
  const scored = (right: (query: number) => boolean, label: string) => {
    const top = queries.map((_, i) => {
      const others = Array.from({ length: 12 }, (_, j) => (i + 1 + j) % 40);
      return right(i) ? [i, ...others] : [...others, i];
    });
    return evaluateRankings(task, { top, scores: top.map((row) => row.map((_, j) => 100 - j)) }, label, 0);
  };
  return { task, scored };
};

test("the heads of a table stand apart, and every figure under its own", () => {
  const { scored } = onForty();
  const { metrics } = scored(() => true, "x");
  const [head = "", first = ""] = metricLines({ bm25: metrics, "bm25+base": metrics, "bm25+tuned": metrics });
  expect(head.trim().split(/ {2,}/)).toEqual(["bm25", "bm25+base", "bm25+tuned"]);
  expect(first).toHaveLength(head.length);
});

test("every line has its own recall@k with an interval, under the heads that name them", () => {
  const { scored } = onForty();
  const [head = "", half = "", all = ""] = intervalLines({
    bm25: scored((query) => query % 2 === 0, "bm25"),
    "a long name": scored(() => true, "x"),
  });
  expect(head.trim().split(/ {2,}/)).toEqual(["95 % intervals", "recall@1", "recall@3", "recall@5", "recall@10"]);
  expect(half).toMatch(/^bm25( +50\.0 \[3\d\.\d, 6\d\.\d\]){4}$/);
  expect(all).toMatch(/^a long name( +100\.0 \[100\.0, 100\.0\]){4}$/);
  expect(half).toHaveLength(head.length);
});

test("the pipeline says when mixing words in costs the tuned model points", () => {
  const { task, scored } = onForty();
  const right = scored(() => true, "tuned");
  // Ten wrong documents stand before the right one by words, which the model has in the tenth place.
  const behind = (label: string, places: readonly number[], at: number | null) => {
    const top = task.queries.map((_, i) => {
      const row = places.map((place) => (i + place) % 40);
      return at === null ? row : row.toSpliced(at, 0, i);
    });
    return evaluateRankings(task, { top, scores: top.map((row) => row.map((_, j) => 100 - j)) }, label, 0);
  };
  const nine = [1, 2, 3, 4, 5, 6, 7, 8, 9];
  const lexical = behind("bm25", [10, 11, 12, ...nine], null);
  const tuned = behind("tuned", nine, 9);
  const last = (of: ReturnType<typeof scored>) =>
    hybridLines(comparePipeline(task, lexical, of, hybridOf(task, lexical, right, of))).at(-1);
  expect(last(tuned)).toBe(
    "Mixing words in costs here: recall@10 100.0 % with the tuned model alone, 0.0 % with hybrid search (−100.0 points, 95 % interval −100.0 to −100.0). Search by vectors alone.",
  );
});
