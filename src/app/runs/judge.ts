import type { Comparison, RetrievalEvaluation, RetrievalTask } from "../../domain/evaluation/types.ts";
import type { TrainOutcome } from "../../worker/engine/protocol.ts";

/** The verdict on a run: the lexical line, and baseline against tuned with intervals. */
export interface Judgement {
  bm25: RetrievalEvaluation;
  comparisons: Comparison[];
}

/** The statistics, wherever they are computed. */
export interface JudgePorts {
  bm25(task: RetrievalTask): Promise<RetrievalEvaluation>;
  compare(task: RetrievalTask, baseline: RetrievalEvaluation, tuned: RetrievalEvaluation): Promise<Comparison[]>;
}

/** Scores BM25 on a run's test task and compares tuned with baseline. */
export const judge = async (
  task: RetrievalTask,
  outcome: Pick<TrainOutcome, "baseline" | "tuned">,
  ports: JudgePorts,
): Promise<Judgement> => {
  const [bm25, comparisons] = await Promise.all([
    ports.bm25(task),
    ports.compare(task, outcome.baseline, outcome.tuned),
  ]);
  return { bm25, comparisons };
};
