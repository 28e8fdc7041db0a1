import { expect, test } from "vitest";
import { bytes, compact, counted, percent, points, pValue } from "./format.ts";
import { summarizeDistribution, summarizeGroups, summarizeLine } from "./summary.ts";

test("a line is told by its ends, what is kept and its baseline", () => {
  const series = [
    {
      label: "Tuned",
      points: [
        { x: 0, y: 0.565 },
        { x: 40, y: 0.66 },
        { x: 60, y: 0.668 },
      ],
    },
  ];
  expect(
    summarizeLine("Recall@10", "step", series, {
      format: percent,
      baseline: { label: "Baseline", value: 0.565 },
      kept: { x: 40, y: 0.66, by: "NDCG@10" },
    }),
  ).toBe(
    "Recall@10: 66.8 % at step 60, up from 56.5 % at step 0; step 40 is kept with 66.0 %, the best by NDCG@10; baseline is 56.5 %.",
  );
  expect(summarizeLine("Loss", "step", [{ label: "Loss", points: [{ x: 1, y: Number.NaN }] }])).toBe(
    "Loss: nothing measured yet.",
  );
  expect(summarizeLine("Loss", "step", [{ label: "Loss", points: [{ x: 1, y: 2.25 }] }])).toBe("Loss: 2.25 at step 1.");
});

test("several series carry their names", () => {
  const flat = (label: string, y: number) => ({
    label,
    points: [
      { x: 1, y },
      { x: 9, y },
    ],
  });
  expect(summarizeLine("Similarity", "step", [flat("Positive", 0.8), flat("Negative", 0.2)])).toBe(
    "Similarity: Positive is 0.8 at step 9, unchanged from 0.8 at step 1; Negative is 0.2 at step 9, unchanged from 0.2 at step 1.",
  );
});

test("groups and distributions", () => {
  expect(
    summarizeGroups("Recall", [
      {
        label: "Tuned",
        values: [
          { name: "1", value: 0.4 },
          { name: "10", value: 0.7 },
        ],
      },
    ]),
  ).toBe("Recall: Tuned has 40.0 % at 1, 70.0 % at 10.");
  expect(summarizeDistribution("Lengths", "tokens", [3, 1, 2, 100])).toBe(
    "Lengths: of 4 values, half are at most 2 tokens, 95 in 100 at most 100, the largest is 100.",
  );
  expect(summarizeDistribution("Lengths", "tokens", [])).toBe("Lengths: nothing measured yet.");
});

test("numbers: signs, units, small p", () => {
  expect([points(0.0312), points(-0.004), points(-0.0001), points(0.0001)]).toEqual(["+3.1", "−0.4", "0.0", "0.0"]);
  expect([pValue(0.0004), pValue(0.042)]).toEqual(["p < 0.001", "p = 0.042"]);
  expect([compact(2e-5), compact(0.0002), compact(12_480), compact(-1.23456)]).toEqual([
    "2.0e-5",
    "0.0002",
    "12,480",
    "−1.235",
  ]);
  expect([bytes(0), bytes(900), bytes(4.2 * 2 ** 20), bytes(1.19e9)]).toEqual(["0 B", "900 B", "4.2 MiB", "1.1 GiB"]);
  expect([counted(1, "query", "queries"), counted(1200, "query", "queries")]).toEqual(["1 query", "1,200 queries"]);
});
