import type { DevScore, StepReport } from "../../../../domain/training/types.ts";

interface Point {
  x: number;
  y: number;
}

/** One field of the steps over the step number. */
export const seriesOf = (steps: readonly StepReport[], field: Exclude<keyof StepReport, "tokens">): Point[] =>
  steps.map((report) => ({ x: report.step, y: report[field] }));

/** Weight of the past in {@link smoothed}. */
const MOMENTUM = 0.9;

/**
 * Exponential moving average with Adam's bias correction, so that the first values are not dragged towards zero.
 * Values that are not finite are left out of the average and of the result.
 */
export const smoothed = (points: readonly Point[]): Point[] => {
  let average = 0;
  let weight = 0;
  return points
    .filter(({ y }) => Number.isFinite(y))
    .map(({ x, y }) => {
      average = MOMENTUM * average + (1 - MOMENTUM) * y;
      weight = MOMENTUM * weight + (1 - MOMENTUM);
      return { x, y: average / weight };
    });
};

/** What the recall chart shows: the tuned model over steps, the level at step 0, and the best checkpoint. */
export const recallSeries = (
  dev: readonly DevScore[],
): { points: Point[]; baseline: number | null; best: Point | null } => {
  const points = dev.map(({ step, metrics }) => ({ x: step, y: metrics["recall@10"] }));
  const best = dev.find((one) => one.best);
  return {
    points,
    baseline: points.find(({ x }) => x === 0)?.y ?? null,
    best: best ? { x: best.step, y: best.metrics["recall@10"] } : null,
  };
};
