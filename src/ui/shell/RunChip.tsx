import { ActionIcon, Tooltip } from "@mantine/core";
import { IconPlayerStop } from "@tabler/icons-react";
import { useLiveRun } from "../../app/runs/hooks.ts";
import { duration } from "../components/format.ts";
import { StatusChip } from "./StatusChip.tsx";

const STAGES = {
  load: "loading the base",
  "self-test": "self-test",
  tokenize: "reading the pairs",
  baseline: "scoring the baseline",
  train: "training",
  evaluate: "scoring the tuned model",
  export: "writing the model files",
} as const;

/** The run under way: step, time left, stop. */
export const RunChip = () => {
  const { live: own, elsewhere, stop } = useLiveRun((state) => state);
  const live = own ?? elsewhere;
  if (!live) return <StatusChip name="Training" value="idle" tone="idle" detail="No run is under way" to="/train" />;
  const step = live.step;
  const value =
    live.stage === "train" && step && step.step < step.totalSteps
      ? `step ${step.step} of ${step.totalSteps}${live.phase === "paused" ? ", paused" : `, ${duration(step.etaSeconds)} left`}`
      : STAGES[live.stage];
  return (
    <>
      <StatusChip
        name="Training"
        value={value}
        tone={live.phase === "paused" ? "warn" : "busy"}
        detail={`${live.name}: ${value}${own ? "" : ", in another tab"}`}
        to={`/train?run=${live.runId}`}
      />
      {own && live.stage === "train" && live.phase !== "stopping" && (
        <Tooltip label="Stop after this step and keep what was learned">
          <ActionIcon variant="subtle" color="gray" size="sm" onClick={() => void stop()} aria-label="Stop and keep">
            <IconPlayerStop size={15} />
          </ActionIcon>
        </Tooltip>
      )}
    </>
  );
};
