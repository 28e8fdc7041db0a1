import type { LiveRun } from "../../app/runs/reducer.ts";
import { roughDuration } from "../components/format.ts";

/** What each stage is called, and its one word for a phone. */
const STAGES: Record<LiveRun["stage"], readonly [value: string, short: string]> = {
  load: ["loading the base", "loading"],
  "self-test": ["self-test", "self-test"],
  tokenize: ["reading the pairs", "reading"],
  baseline: ["scoring the baseline", "scoring"],
  train: ["first step", "first step"],
  evaluate: ["scoring the tuned model", "scoring"],
  export: ["writing the model files", "writing"],
};

/** What the top bar says of a run under way: `step 4 of 29, 2 min left`, on a phone `4 of 29`. */
export const runWords = ({
  stage,
  phase,
  step,
}: Pick<LiveRun, "stage" | "phase" | "step">): { value: string; short: string } => {
  if (stage !== "train" || !step || step.step >= step.totalSteps) {
    const [value, short] = STAGES[stage];
    return { value, short };
  }
  const paused = phase === "paused";
  const done = `${step.step} of ${step.totalSteps}`;
  return {
    value: `step ${done}, ${paused ? "paused" : `${roughDuration(step.etaSeconds)} left`}`,
    short: paused ? "paused" : done,
  };
};
