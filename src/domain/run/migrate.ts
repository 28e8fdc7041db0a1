import type { RetrievalEvaluation, RetrievalTask } from "../evaluation/types.ts";
import type { DevScore, StepReport } from "../training/types.ts";
import { devSummary, summaryOf } from "./series.ts";
import type { RunRecord, RunResults, RunSeries } from "./types.ts";

/** A run as the first version of the browser's database kept it: texts, results and every step in one record. */
export type RunRecordV1 = Omit<RunRecord, "lastStep" | "dev" | "test" | "baseline" | "tuned" | "bm25"> & {
  steps: StepReport[];
  dev: DevScore[];
  task: RetrievalTask;
  baseline: RetrievalEvaluation | null;
  tuned: RetrievalEvaluation | null;
  bm25: RetrievalEvaluation | null;
};

/** Parts an old record into today's three; nothing of it is lost. */
export const migrateRun = ({
  steps,
  dev,
  task,
  baseline,
  tuned,
  bm25,
  ...rest
}: RunRecordV1): { record: RunRecord; contents: RunResults & { task: RetrievalTask }; series: RunSeries } => ({
  record: {
    ...rest,
    lastStep: steps.at(-1) ?? null,
    dev: devSummary(dev),
    test: { queries: task.queries.length, documents: task.corpus.length },
    baseline: summaryOf(baseline),
    tuned: summaryOf(tuned),
    bm25: summaryOf(bm25),
  },
  contents: { task, baseline, tuned, bm25 },
  series: { steps, dev },
});
