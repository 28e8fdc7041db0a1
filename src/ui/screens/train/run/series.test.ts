import { describe, expect, it } from "vitest";
import type { Metrics } from "../../../../domain/evaluation/types.ts";
import { at } from "../../../../domain/present.ts";
import type { DevScore } from "../../../../domain/training/types.ts";
import { recallSeries, smoothed } from "./series.ts";

const score = (step: number, recall: number, best = false): DevScore => ({
  step,
  best,
  metrics: { "recall@10": recall } as Metrics,
});

describe("smoothed", () => {
  it("starts at the first value and follows a constant exactly", () => {
    const points = smoothed([1, 2, 3].map((x) => ({ x, y: 5 })));
    for (const { y } of points) expect(y).toBeCloseTo(5, 12);
  });

  it("weights the newest value by one tenth once the past is long", () => {
    const flat = Array.from({ length: 400 }, (_, x) => ({ x, y: 0 }));
    expect(at(smoothed([...flat, { x: 400, y: 10 }]), -1).y).toBeCloseTo(1, 6);
  });

  it("leaves values that are not numbers out instead of spoiling all that follow", () => {
    const points = smoothed([
      { x: 1, y: 2 },
      { x: 2, y: Number.NaN },
      { x: 3, y: 2 },
    ]);
    expect(points.map(({ x }) => x)).toEqual([1, 3]);
    expect(at(points, 1).y).toBeCloseTo(2, 12);
  });
});

describe("recallSeries", () => {
  it("takes the level of step 0 as the baseline and marks the best checkpoint", () => {
    expect(recallSeries([score(0, 0.5), score(10, 0.7, true), score(20, 0.6)])).toEqual({
      points: [
        { x: 0, y: 0.5 },
        { x: 10, y: 0.7 },
        { x: 20, y: 0.6 },
      ],
      baseline: 0.5,
      best: { x: 10, y: 0.7 },
    });
  });

  it("has no baseline before step 0 was scored", () => {
    expect(recallSeries([])).toEqual({ points: [], baseline: null, best: null });
  });
});
