import { useDatasets } from "../../../../state/datasets.ts";
import { planned, useRunPlan } from "../../../../state/runsPlan.ts";
import type { RunChoice } from "../../../../state/runsLive.ts";

/** The run as it is set up; null while there is no data set. */
export const useChoice = (): RunChoice | null => {
  const dataset = useDatasets((state) => state.current);
  const plan = useRunPlan((state) => state);
  if (!dataset) return null;
  const { base, values } = planned(plan);
  return {
    dataset,
    base: base.ref,
    baseName: base.name,
    hyperparameters: values,
    instruction: plan.instruction.trim(),
  };
};
