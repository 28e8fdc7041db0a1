import type { RetrievalEvaluation, EvaluationSummary } from "../evaluation/types.ts";
import type { DevScore } from "../training/types.ts";
import type { DevSummary, RunSeries } from "./types.ts";

export const emptySeries = (): RunSeries => ({ steps: [], dev: [] });

/** Dev scores in order, with one best: the last that was called so. */
const withOneBest = (dev: readonly DevScore[]): DevScore[] => {
  const best = dev.findLast((score) => score.best);
  return dev.map((score) => (score.best && score !== best ? { ...score, best: false } : score));
};

/** `series` and what came after it. A step or score that is done again replaces what stood there and after it. */
export const appendSeries = (series: RunSeries, { steps, dev }: RunSeries): RunSeries => {
  const [firstStep] = steps;
  const [firstScore] = dev;
  return {
    steps: firstStep ? [...series.steps.filter(({ step }) => step < firstStep.step), ...steps] : series.steps,
    dev: firstScore ? withOneBest([...series.dev.filter(({ step }) => step < firstScore.step), ...dev]) : series.dev,
  };
};

/** The series up to and with a step: what came later never happened. */
export const seriesUntil = ({ steps, dev }: RunSeries, last: number): RunSeries => ({
  steps: steps.filter(({ step }) => step <= last),
  dev: dev.filter(({ step }) => step <= last),
});

export const emptyDevSummary = (): DevSummary => ({ baseline: null, best: null, last: null });

/** The summary after one more score. */
export const withDevScore = (summary: DevSummary, score: DevScore): DevSummary => ({
  baseline: score.step === 0 ? score : summary.baseline,
  best: score.best ? score : summary.best,
  last: score,
});

export const devSummary = (dev: readonly DevScore[]): DevSummary => dev.reduce(withDevScore, emptyDevSummary());

/** An evaluation's figures without its queries. */
export const summaryOf = <T extends RetrievalEvaluation | null>(
  evaluation: T,
): EvaluationSummary | (T extends null ? null : never) => {
  if (!evaluation) return null as T extends null ? null : never;
  const { perQuery: _, ...summary } = evaluation;
  return summary;
};
