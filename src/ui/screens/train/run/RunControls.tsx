import { Button, Group } from "@mantine/core";
import { IconPlayerPause, IconPlayerPlay, IconPlayerStop } from "@tabler/icons-react";
import { useLiveRun } from "../../../../app/runs/hooks.ts";

/** Stages before the first step that a stop can end; there is nothing to keep yet. */
const BEFORE: ReadonlySet<string> = new Set(["self-test", "tokenize", "baseline"]);

/** Pause, go on, stop and keep. They act after the present step; before the first one a run can only be stopped. */
export const RunControls = () => {
  const { live, pause, resume, stop } = useLiveRun((state) => state);
  if (!live || !(live.stage === "train" || BEFORE.has(live.stage))) return null;
  const stopping = live.phase === "stopping";
  if (live.stage !== "train")
    return (
      <Button
        variant="default"
        leftSection={<IconPlayerStop size={18} aria-hidden />}
        loading={stopping}
        onClick={() => void stop()}
      >
        Stop
      </Button>
    );
  return (
    <Group gap="sm">
      {live.phase === "paused" ? (
        <Button leftSection={<IconPlayerPlay size={18} aria-hidden />} onClick={() => void resume()}>
          Go on
        </Button>
      ) : (
        <Button
          variant="default"
          leftSection={<IconPlayerPause size={18} aria-hidden />}
          loading={live.phase === "pausing"}
          disabled={stopping}
          onClick={() => void pause()}
        >
          Pause
        </Button>
      )}
      <Button
        variant="default"
        leftSection={<IconPlayerStop size={18} aria-hidden />}
        loading={stopping}
        onClick={() => void stop()}
      >
        Stop and keep
      </Button>
    </Group>
  );
};
