import { expect, test } from "vitest";
import { shareOfGain } from "./recipeShares.ts";

const run = (name: string, dev: number, after: number, verdict = "improved") => ({
  name,
  dev,
  before: 0.4,
  after,
  verdict,
});

test("a preset's share is of the gain of the cell that dev chooses, not of the one that the test likes best", () => {
  const rows = shareOfGain([
    run("preset balanced", 0.5, 0.49),
    run("preset balanced", 0.5, 0.47, "regressed"),
    run("rate 0.001", 0.6, 0.5),
    run("rate 0.003", 0.55, 0.6),
  ]);
  expect(rows.map((row) => [row.name, row["recall@10"], row["share of the gain"], row["runs that are worse"]])).toEqual(
    [
      ["preset balanced", 48, "80 %", 1],
      ["rate 0.001 (dev's choice)", 50, "100 %", 0],
      ["rate 0.003", 60, "200 %", 0],
    ],
  );
});

test("where the grid gains nothing, there is no share", () => {
  expect(
    shareOfGain([run("preset fast", 0.5, 0.5), run("rate 0.001", 0.6, 0.4)]).map((row) => row["share of the gain"]),
  ).toEqual(["–", "–"]);
});
