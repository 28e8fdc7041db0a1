import type { RunRecord } from "../../../../domain/run/types.ts";
import { earlyStopSentence } from "../../../../domain/training/earlyStop.ts";
import type { LiveRun } from "../../../../app/runs/reducer.ts";
import { duration, percent } from "../../../components/format.ts";

/** What a stage does, as the screen and the announcements say it. */
const STAGE_WORDS: Record<LiveRun["stage"], string> = {
  load: "Loading the base model",
  "self-test": "Checking that this device computes correctly",
  tokenize: "Reading the pairs",
  baseline: "Scoring the baseline",
  train: "Training",
  evaluate: "Scoring the tuned model",
  export: "Writing and checking the model files",
};

const ENDED: Record<RunRecord["status"], string> = {
  running: "The run is under way.",
  paused: "The run is paused.",
  interrupted: "The run was interrupted.",
  stopped: "The run was stopped.",
  finished: "The run is finished.",
  failed: "The run failed.",
};

/** The newest milestone in words, for a screen reader; steps are no milestones, quarters are. */
export const milestone = (run: RunRecord, live: Omit<LiveRun, "series"> | null): string => {
  if (!live) return ENDED[run.status];
  if (live.phase === "paused") return "Training is paused.";
  if (live.stage !== "train" || !live.step)
    return [run.earlyStop && earlyStopSentence(run.earlyStop), `${STAGE_WORDS[live.stage]}.`].filter(Boolean).join(" ");
  const { step, totalSteps } = live.step;
  const quarter = Math.floor((4 * step) / totalSteps);
  const newest = run.dev.last;
  const recall = newest && newest.step > 0 ? ` Recall at 10 on dev is ${percent(newest.metrics["recall@10"])}.` : "";
  return quarter === 0 ? "Training has started." : `${quarter * 25} percent of the steps are done.${recall}`;
};

/** The line under the run's name. */
export const progressLine = (live: Omit<LiveRun, "series">): string => {
  if (live.phase === "stopping" && live.stage === "train")
    return live.step ? "Stopping after this step; the tuned weights are kept" : "Stopping";
  if (live.phase === "pausing") return "Pausing after this step";
  if (live.stage === "train" && live.step) {
    const { step, totalSteps, epoch, etaSeconds } = live.step;
    if (step === totalSteps) return `All ${totalSteps} steps are done; scoring`;
    const rest = live.phase === "paused" ? "paused" : `about ${duration(etaSeconds)} left`;
    return `Step ${step} of ${totalSteps}, epoch ${epoch + 1}, ${rest}`;
  }
  const eta = live.etaSeconds === null ? "" : `, about ${duration(live.etaSeconds)} left`;
  return `${STAGE_WORDS[live.stage]}${eta}`;
};

/** Share of the present stage that is done, 0…100; null while it cannot be known. */
export const progressShare = (live: Omit<LiveRun, "series">): number | null => {
  if (live.stage === "train" && live.step) return (100 * live.step.step) / live.step.totalSteps;
  return live.total > 0 ? (100 * live.done) / live.total : null;
};
