import type { Comparison, RetrievalEvaluation } from "../../domain/evaluation/types.ts";
import type { DataService } from "../../worker/data/protocol.ts";
import type { TrainOutcome } from "../../worker/engine/protocol.ts";
import { figuresOf } from "../comparison/compareRuns.ts";

/** The verdict on a run: the lexical line, and baseline against tuned with intervals. */
export interface Judgement {
  bm25: RetrievalEvaluation;
  comparisons: Comparison[];
}

/** Scores BM25 on a run's test task and compares tuned with baseline. */
export const judge = async (
  runId: string,
  { baseline, tuned }: Pick<TrainOutcome, "baseline" | "tuned">,
  data: Pick<DataService, "bm25" | "compare">,
): Promise<Judgement> => {
  const [bm25, comparisons] = await Promise.all([
    data.bm25({ run: runId, side: "test" }),
    data.compare(figuresOf(baseline), figuresOf(tuned)),
  ]);
  return { bm25, comparisons };
};
