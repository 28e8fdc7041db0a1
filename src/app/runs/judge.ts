import type { Comparison, RetrievalEvaluation } from "../../domain/evaluation/types.ts";
import type { DataService } from "../../worker/data/protocol.ts";
import type { TrainOutcome } from "../../worker/engine/protocol.ts";
import { figuresOf } from "../comparison/compareRuns.ts";

/** The verdict on a run: the lexical line, and baseline against tuned with intervals. */
export interface Judgement {
  bm25: RetrievalEvaluation;
  comparisons: Comparison[];
}

/** BM25's line, and tuned compared with baseline. */
export const judge = async (
  lexical: Promise<RetrievalEvaluation>,
  { baseline, tuned }: Pick<TrainOutcome, "baseline" | "tuned">,
  data: Pick<DataService, "compare">,
): Promise<Judgement> => {
  const [bm25, comparisons] = await Promise.all([lexical, data.compare(figuresOf(baseline), figuresOf(tuned))]);
  return { bm25, comparisons };
};
