import type { RetrievalEvaluation } from "../../domain/evaluation/types.ts";
import type { EarlyStop, Hyperparameters, RunEvent, WatchedRank } from "../../domain/training/types.ts";
import type { LoraAdapter } from "../model/lora.ts";
import type { Trainer } from "./trainer.ts";

/** The metric by which dev chooses, as sentence-transformers' evaluator does. */
const DEV_METRIC = "ndcg@10";

/** Scores dev; step 0 is the baseline, which is shown but never kept. */
export const scoreDev = async (
  trainer: Trainer,
  adapter: LoraAdapter,
  step: number,
  score: () => Promise<RetrievalEvaluation>,
  watch: (evaluation: RetrievalEvaluation) => WatchedRank[],
  onEvent: (event: RunEvent) => void,
): Promise<void> => {
  const evaluation = await score();
  const { metrics } = evaluation;
  const best = step > 0 && (trainer.best === null || metrics[DEV_METRIC] > trainer.best.score);
  if (best)
    trainer.best = { step, score: metrics[DEV_METRIC], values: (await adapter.read()).tensors, scoringsSince: 0 };
  // While the rate still rises, little is learnt: no better score then says nothing.
  else if (trainer.best && step > trainer.schedule.warmupSteps) trainer.best.scoringsSince++;
  onEvent({ type: "dev", score: { step, metrics, best, watched: watch(evaluation) } });
};

/** The early stop that a run has come to; null while it may go on, or when it came to its last step. */
export const earlyStop = (
  { best, finished, stepsDone, totalSteps }: Trainer,
  { patience }: Hyperparameters,
): EarlyStop | null =>
  best && !finished && patience > 0 && best.scoringsSince >= patience
    ? { step: stepsDone, totalSteps, bestStep: best.step, patience }
    : null;
