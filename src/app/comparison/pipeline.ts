import { HYBRID_LABELS, hybridByQuery } from "../../domain/evaluation/index.ts";
import type { RetrievalEvaluation } from "../../domain/evaluation/types.ts";
import type { WholeRun } from "../../domain/run/types.ts";
import { yieldToEventLoop } from "../../domain/yieldToEventLoop.ts";

/** Hybrid search (BM25 and a model fused by reciprocal rank) with either model of a run. */
export interface Pipeline {
  baseline: RetrievalEvaluation;
  tuned: RetrievalEvaluation;
}

/**
 * Fuses the rankings that a run keeps, so that runs of any age have these lines, and nothing is embedded or stored for them. The page
 * gets its turn between queries. Null for a run that was not scored, or not by BM25.
 */
export const pipelineOf = async (run: WholeRun): Promise<Pipeline | null> => {
  const { baseline, tuned, bm25, queries, splitHash, test } = run;
  if (!baseline || !tuned || !bm25) return null;
  const { taskHash, measuredOn } = tuned;
  const task = { queries, corpus: { length: test.documents }, splitHash, taskHash, ...(measuredOn && { measuredOn }) };
  const fuse = async (dense: RetrievalEvaluation, label: string) => {
    const steps = hybridByQuery(task, bm25, dense, label);
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
      await yieldToEventLoop();
    }
  };
  return { baseline: await fuse(baseline, HYBRID_LABELS[0]), tuned: await fuse(tuned, HYBRID_LABELS[1]) };
};
