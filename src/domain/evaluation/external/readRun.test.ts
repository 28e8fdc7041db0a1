import { describe, expect, test } from "vitest";
import { at } from "../../present.ts";
import { evaluateBm25 } from "../bm25.ts";
import { evaluateRankings } from "../evaluate.ts";
import { metricsJson } from "../exports/tables.ts";
import { trecRun } from "../exports/trec.ts";
import { evaluateHybrid } from "../hybrid.ts";
import { compareAll } from "../statistics/compare.ts";
import type { RetrievalTask } from "../types.ts";
import { withIds } from "../taskIds.ts";
import { readTrecRun } from "./readRun.ts";

const words = ["kettle", "garden", "bridge", "violin", "harbor"];
const task: RetrievalTask = {
  queries: Array.from({ length: 30 }, (_, i) => ({
    text: `${at(words, i % 5)} ${at(words, (i * 3 + 1) % 5)}`,
    relevant: [i, (i * 7) % 30].filter((one, place, all) => all.indexOf(one) === place),
    component: i,
  })),
  corpus: Array.from({ length: 30 }, (_, i) => `${at(words, i % 5)} ${at(words, (i + 2) % 5)} number ${i}`),
  splitHash: "s",
  taskHash: "t",
};
const read = (text: string) => readTrecRun(text, task, "theirs.run");

test("what this studio writes comes back as it was, with equal scores in their order", () => {
  const bm25 = evaluateBm25(task);
  const hybrid = evaluateHybrid(task, bm25, bm25, "hybrid tuned");
  for (const written of [bm25, hybrid]) {
    const { evaluation, notes } = read(trecRun(written));
    expect(notes).toEqual([]);
    expect(evaluation.perQuery.map(({ top, scores }) => [top, scores])).toEqual(
      written.perQuery.map(({ top, scores }) => [top, scores]),
    );
    expect(evaluation.metrics).toEqual(written.metrics);
    expect(evaluation.label).toBe(written.label.replace(" ", "-"));
    // It can be compared like any other, and is told apart in figures for other tools.
    expect(compareAll(written, evaluation, { resamples: 100, permutations: 100 })[0]?.delta).toBe(0);
    expect(metricsJson([evaluation])).toContain('"run_recall@10"');
  }
});

test("scores decide, not ranks or the order of lines; both disagreeing is said", () => {
  const { evaluation, notes } = read("q0 Q0 d3 1 0.1 x\nq0 Q0 d0 2 0.9 x\nq1 Q0 d1 9 7 x\nq1\tQ0\td2\t10\t6e-1\tx\n");
  expect(at(evaluation.perQuery, 0).top).toEqual([0, 3]);
  expect(at(evaluation.perQuery, 1).top).toEqual([1, 2]);
  expect(notes).toEqual([
    "28 queries have no line: an empty ranking, which finds nothing.",
    "In 1 query ranks and scores disagree; the scores decide, as in trec_eval.",
  ]);
  expect(at(evaluation.perQuery, 5)).toMatchObject({ bestRank: null, top: [] });
  expect(evaluation.queries).toBe(30);
});

test("a document that the test does not have keeps its place", () => {
  const { evaluation, notes } = read("q0 Q0 d999 1 3 x\nq0 Q0 web-7 2 2 x\nq0 Q0 d0 3 1 x\n");
  expect(at(evaluation.perQuery, 0).bestRank).toBe(3);
  expect(notes[0]).toBe(
    "2 lines (the first is line 1) name a document that this test does not have; they keep their places and count as wrong.",
  );
});

test.each([
  ["q0 Q0 d0 1\n", "Line 2 lacks columns"],
  ["q0 Q0 d1 1 high x\n", "Line 2 has a score that is no number"],
  ["q0 Q0 d1 1 NaN x\nq0 Q0 d1 1 Infinity x\n", "2 lines (the first is line 2) have a score that is no number"],
  ["q30 Q0 d1 1 1 x\nx7 Q0 d1 1 1 x\n", "2 lines (the first is line 2) name a query"],
  ["q0 Q0 d0 2 0.5 x\n", "Line 2 ranks a document a second time"],
])("bad lines are counted: %j", (lines, note) => {
  const { evaluation, notes } = read(`q0 Q0 d0 1 1 x\n${lines}`);
  expect(notes[0]).toContain(note);
  expect(at(evaluation.perQuery, 0).top).toEqual([0]);
});

describe("a file that cannot be scored is refused with what to do", () => {
  test.each([
    ["", "run-empty"],
    ["\ufeff\n  \n", "run-empty"],
    ["query,document,score\n1,2,3\n", "run-unreadable"],
    ["PLAIN-12 Q0 MED-10 1 0.5 bm25\n", "run-ids-unknown"],
    ["q0 Q0 MED-10 1 0.5 bm25\n", "run-ids-unknown"],
  ])("%j", (text, code) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code }));
  });
});

test("its name is the tag; of several tags or none it is the file's", () => {
  expect(read("q0 Q0 d0 1 1 elser v2\r\nq1 Q0 d0 1 1 elser v2\r\n").evaluation.label).toBe("elser v2");
  expect(read("q0 Q0 d0 1 1 a\nq1 Q0 d0 1 1 b\n").evaluation.label).toBe("theirs.run");
  expect(read("q0 Q0 d0 1 1\n").evaluation.label).toBe("theirs.run");
});

test("only the first hundred of a query are looked at", () => {
  const many = Array.from({ length: 120 }, (_, i) => `q0 Q0 x${i} ${i + 1} ${200 - i} t`).join("\n");
  const { evaluation } = read(`${many}\nq0 Q0 d0 121 1 t\nq1 Q0 d1 1 1 t`);
  expect(at(evaluation.perQuery, 0)).toMatchObject({ bestRank: null });
  expect(at(evaluation.perQuery, 0).top).toHaveLength(100);
  expect(evaluateRankings(task, { top: [], scores: [] }, "none", 0).metrics["recall@10"]).toBe(0);
});

describe("a set that came with ids", () => {
  const ids = {
    queries: task.queries.map((_, i) => [`PLAIN-${i}`]),
    corpus: task.corpus.map((_, i) => (i === 0 ? ["MED-0", "MED-0b"] : i === 29 ? [] : [`MED-${i}`])),
  };
  const named = { ...task, ids };

  test("goes out by them, and comes back by them or by positions", () => {
    const bm25 = evaluateBm25(named);
    const own = trecRun(bm25, ids);
    expect(own).toMatch(/^PLAIN-0 Q0 MED-\d+ 1 /);
    // A document from elsewhere has its position for a name.
    expect(own).toMatch(/ Q0 d29 /);
    for (const written of [own, trecRun(bm25)]) {
      const { evaluation, notes } = readTrecRun(written, named, "x");
      expect(notes).toEqual([]);
      expect(evaluation.metrics).toEqual(bm25.metrics);
    }
  });

  test("two ids of one text are one document; an id that the set does not have counts as wrong", () => {
    const lines = ["PLAIN-0 Q0 MED-0b 1 9 x", "PLAIN-0 Q0 MED-0 2 8 x", "PLAIN-0 Q0 d1 3 7 x", "q1 Q0 MED-1 1 9 x"];
    const { evaluation, notes } = readTrecRun(lines.join("\n"), named, "x");
    expect(at(evaluation.perQuery, 0).top).toEqual([0, -1]);
    expect(notes.slice(0, 3)).toEqual([
      "Line 4 names a query that this test does not have and is left out.",
      "Line 3 names a document that this test does not have; it keeps its place and counts as wrong.",
      "Line 2 ranks a document a second time for the same query; the first line counts.",
    ]);
    expect(() => readTrecRun("x Q0 y 1 1 t", named, "x")).toThrow(
      expect.objectContaining({ hint: expect.stringMatching(/^The ids are those of the set's own files, or q0, q1/) }),
    );
  });

  test("is known by its texts, however the task orders them; ids with white space are not used", () => {
    const rows = [
      { line: 1, query: "a  question", id: "Q7", positives: ["two"], negatives: [] },
      { line: 2, query: "another", id: "Q8", positives: ["one"], negatives: [] },
    ];
    const built = {
      ...task,
      queries: rows.map(({ query }, i) => ({ text: query, relevant: [i], component: i })),
      corpus: ["two", "one", "own"],
    };
    expect(withIds(built, rows, { corpus: ["one", "two", "two "], corpusIds: ["1", "2", "2b"] }).ids).toEqual({
      queries: [["Q7"], ["Q8"]],
      corpus: [["2", "2b"], ["1"], []],
    });
    expect(withIds(built, rows, { corpus: ["one"], corpusIds: ["1 of 2"] }).ids).toBeUndefined();
    expect(withIds(built, rows, { corpus: ["one"] })).toBe(built);
  });
});
