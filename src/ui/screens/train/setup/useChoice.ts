import { useDatasets } from "../../../../app/datasets/hooks.ts";
import { useRunPlan } from "../../../../app/runs/hooks.ts";
import { PRESETS } from "../../../../app/runs/catalogue.ts";
import { planned } from "../../../../app/runs/planStore.ts";
import type { RunChoice } from "../../../../app/runs/liveStore.ts";

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
    settingsName: `${PRESETS[plan.preset].title}${Object.keys(plan.changes).length > 0 ? " with changes" : ""}`,
    hyperparameters: values,
    instruction: plan.instruction.trim(),
  };
};
