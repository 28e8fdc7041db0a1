import type { Comparison, MetricName, RetrievalEvaluation, RetrievalTask } from "../domain/evaluation/types.ts";

/** 95 % interval of one model's own figures. */
export type MetricIntervals = Partial<Record<MetricName, [number, number]>>;

/** The statistics, wherever they are computed; both resample, so neither belongs on the page's own thread. */
export interface ComparePorts {
  compare(task: RetrievalTask, baseline: RetrievalEvaluation, tuned: RetrievalEvaluation): Promise<Comparison[]>;
  intervals(task: RetrievalTask, evaluation: RetrievalEvaluation): Promise<MetricIntervals>;
}

/** Everything Compare shows of one model against the pinned one. */
export interface ComparedModel {
  comparisons: Comparison[];
  intervals: MetricIntervals;
}

/** Judges one evaluation against a pinned one on the same task. */
export const compareModel = async (
  task: RetrievalTask,
  pinned: RetrievalEvaluation,
  evaluation: RetrievalEvaluation,
  ports: ComparePorts,
): Promise<ComparedModel> => {
  const [comparisons, intervals] = await Promise.all([
    ports.compare(task, pinned, evaluation),
    ports.intervals(task, evaluation),
  ]);
  return { comparisons, intervals };
};
