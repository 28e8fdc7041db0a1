import { expect, test } from "vitest";
import { sampleRun } from "../../../app/testing/stores.ts";
import { rankChanges } from "../../../domain/evaluation/index.ts";
import { suggested } from "./suggested.ts";

test("the question that flipped most clearly comes first, and none that the tuned model does not answer", () => {
  const run = sampleRun();
  const shown = suggested(run);
  const won = rankChanges(run.baseline!, run.tuned!).filter(({ kind }) => kind === "won");
  expect(won.length).toBeGreaterThan(5);
  expect(shown.map(({ kind }) => kind)).toEqual(Array(5).fill("won"));
  expect(shown[0]?.after).toBe(Math.min(...won.map(({ after }) => after ?? 101)));
  expect(shown.map(({ after }) => after)).toEqual(shown.map(({ after }) => after).toSorted((a, b) => a! - b!));
  expect(shown[0]?.text).toBe(run.queries[shown[0]!.query]?.text);
  expect(suggested({ ...run, tuned: null })).toEqual([]);
});
