import { expect, test } from "vitest";
import { evaluateRankings } from "./evaluate.ts";
import { evaluationOf, slicesOf } from "./slices.ts";
import { compareAll, headlineOf } from "./statistics/compare.ts";

const LONG = "one two three four five six seven eight nine ten eleven twelve thirteen";
const queries = [
  { text: "Kettle, boils!", answers: ["the KETTLE boils"] }, // short, all
  { text: "kettle water tea", answers: ["nothing of it", "a kettle"] }, // short, a third in the better answer
  { text: "a b c d e f", answers: ["x y"] }, // medium, none
  { text: LONG, answers: [LONG] },
  { text: "東京の天気は", answers: ["東京"] }, // six characters, two of six
  { text: "?!", answers: ["words"] }, // no word at all
  { text: "never scored", answers: [] },
];

test("slices by words and by overlap with the best answer; every scored query stands in one of each", () => {
  expect(slicesOf(queries).map(({ by, name, queries: members }) => [by, name, members])).toEqual([
    ["length", "up to 5 words", [0, 1, 5]],
    ["length", "6 to 12 words", [2, 4]],
    ["length", "13 words or more", [3]],
    ["overlap", "no word in common", [2, 5]],
    ["overlap", "less than half of the words", [1, 4]],
    ["overlap", "half of the words or more", [0, 3]],
  ]);
  expect(slicesOf([]).every((slice) => slice.queries.length === 0)).toBe(true);
});

test("a slice is compared like a whole evaluation, by its own queries", () => {
  const task = {
    queries: [0, 1, 2, 3].map((i) => ({ text: `q${i}`, relevant: [i], component: i })),
    corpus: Array.from({ length: 200 }, (_, i) => `d${i}`),
    splitHash: "s",
  };
  const found = (which: number[], label: string) => {
    const top = task.queries.map((_, i) => (which.includes(i) ? [i] : [199]));
    return evaluateRankings(task, { top, scores: top.map(() => [1]) }, label, 0);
  };
  const [before, after] = [found([0], "baseline"), found([0, 1, 2], "tuned")];
  const of = (members: number[]) =>
    headlineOf(compareAll(evaluationOf(before, { queries: members }), evaluationOf(after, { queries: members })));
  expect(of([0, 1])).toMatchObject({ baseline: 0.5, tuned: 1, queries: 2 });
  expect(of([3])).toMatchObject({ baseline: 0, tuned: 0, delta: 0, queries: 1 });
});
