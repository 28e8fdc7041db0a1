import { expect, test } from "vitest";
import { sampleRun } from "../../../../app/testing/stores.ts";
import { toneOf } from "./tone.ts";

test("a gain is green and a loss is red only where the verdict says so", () => {
  const { comparisons } = sampleRun();
  const judged = (verdict: "improved" | "regressed" | "inconclusive") =>
    toneOf({ comparisons: comparisons.map((one) => ({ ...one, delta: 0.05, verdict })) });
  expect([judged("improved"), judged("regressed"), judged("inconclusive")]).toEqual(["good", "bad", "plain"]);
  expect(toneOf({ comparisons: [] })).toBe("plain");
});
