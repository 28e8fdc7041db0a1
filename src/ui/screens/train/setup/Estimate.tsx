import { Group, Text } from "@mantine/core";
import { estimateRun } from "../../../../state/catalogue.ts";
import { useDatasets } from "../../../../state/datasets.ts";
import { useEngine } from "../../../../state/engine.ts";
import { useRuns } from "../../../../state/runs.ts";
import { planned, useRunPlan } from "../../../../state/runsPlan.ts";
import { bytes, compact, duration, whole } from "../../../components/format.ts";
import { Figure } from "../../../components/Figure.tsx";
import { Panel } from "../../../components/Panel.tsx";
import { measuredSpeed } from "./measured.ts";

/** What the run will ask of this computer, computed from sizes; time only where it was measured. */
export const Estimate = () => {
  const plan = useRunPlan((state) => state);
  const rows = useDatasets((state) => state.current?.split?.train.length ?? null);
  const runs = useRuns((state) => state.runs);
  const device = useEngine((state) => state.device);
  if (rows === null) return null;
  const { base, values } = planned(plan);
  const estimate = estimateRun(base, values, rows, values.maxTokens);
  const speed = measuredSpeed(runs, base.name, device);
  return (
    <Panel title="What it will take" note="computed from sizes, before the start">
      <Group gap={40} align="flex-start">
        <Figure label="Steps" value={whole(estimate.steps)} detail={`${whole(values.epochs)} × ${whole(rows)} rows`} />
        <Figure label="Trained" value={whole(estimate.trainable)} detail="parameters of the adapter" />
        <Figure label="GPU memory" value={`≤ ${bytes(estimate.memoryBytes)}`} detail="with every text at the limit" />
        <Figure label="Browser storage" value={bytes(estimate.diskBytes)} detail="checkpoint and artifact" />
        <Figure
          label="Training time"
          value={speed === null ? "–" : `≈ ${duration((rows * values.epochs) / speed)}`}
          detail={speed === null ? "known after the first steps" : `at the last run's ${compact(speed)} pairs/s`}
        />
      </Group>
      {device && estimate.memoryBytes > 4 * device.maxBufferBytes && device.backend === "webgpu" && (
        <Text size="sm" mt="sm" c="var(--bad)">
          This may be more than this device can hold. A smaller chunk or fewer tokens a text need less, with the same
          loss.
        </Text>
      )}
    </Panel>
  );
};
