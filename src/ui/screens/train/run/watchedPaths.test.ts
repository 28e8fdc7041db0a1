import { expect, it } from "vitest";
import { devScore } from "../../../../app/testing/runs.ts";
import { watchedPaths } from "./watchedPaths.ts";

const score = (step: number, a: number | null, b: number | null) => ({
  ...devScore(step, false),
  watched: [
    { query: 3, rank: a },
    { query: 8, rank: b },
  ],
});

it("follows each question through the scores and says a rank that stays once", () => {
  expect(watchedPaths([score(0, null, 40), score(5, 34, 40), score(10, 1, 12)])).toEqual([
    { query: 3, ranks: [null, 34, 1] },
    { query: 8, ranks: [40, 12] },
  ]);
  expect(watchedPaths([devScore(0, false)])).toEqual([]);
});
