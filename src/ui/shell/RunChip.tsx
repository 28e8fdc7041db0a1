import { ActionIcon, Tooltip } from "@mantine/core";
import { IconPlayerStop } from "@tabler/icons-react";
import { useLiveRun } from "../../app/runs/hooks.ts";
import { StatusChip } from "./StatusChip.tsx";
import { runWords } from "./runWords.ts";

/** The training under way: step, time left, stop. Runs that are only looked at are none. */
export const RunChip = () => {
  const { live: own, elsewhere, stop } = useLiveRun((state) => state);
  const live = own ?? elsewhere;
  if (!live)
    return <StatusChip name="Training" value="idle" tone="idle" detail="Nothing is being trained now" to="/train" />;
  const { value, short } = runWords(live);
  return (
    <>
      <StatusChip
        name="Training"
        value={value}
        short={short}
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
