import { Button, Group, Loader, Text } from "@mantine/core";
import { IconStopwatch } from "@tabler/icons-react";
import { estimateRun } from "../../../../app/runs/catalogue.ts";
import { useDatasets } from "../../../../app/datasets/hooks.ts";
import { useEngine } from "../../../../app/device/hooks.ts";
import { useForecast, useRuns, useLiveRun, useRunPlan } from "../../../../app/runs/hooks.ts";
import { planned } from "../../../../app/runs/planStore.ts";
import { bytes, counted, duration, rate, roughDuration, whole } from "../../../components/format.ts";
import { Figure } from "../../../components/Figure.tsx";
import { Panel } from "../../../components/Panel.tsx";
import { ProblemPanel } from "../../../components/ProblemPanel.tsx";
import { impossible } from "./fields.ts";
import { measuredSpeed } from "./measured.ts";
import { useChoice } from "./useChoice.ts";

/** What the run will ask of this computer, computed from sizes, and measured in a few steps in the background. */
export const Estimate = () => {
  const plan = useRunPlan((state) => state);
  const rows = useDatasets((state) => state.current?.split?.train ?? null);
  const runs = useRuns((state) => state.runs);
  const device = useEngine((state) => state.device);
  const live = useLiveRun((state) => state.live);
  const { status, problem, of, measure, stop } = useForecast((state) => state);
  const choice = useChoice();
  if (rows === null) return null;
  const { base, values } = planned(plan);
  if (impossible(values).length > 0)
    return (
      <Panel title="What it will take">
        <Text c="dimmed">Shown once every value under Advanced is possible.</Text>
      </Panel>
    );
  const estimate = estimateRun(base, values, rows, values.maxTokens);
  const speed = measuredSpeed(runs, base.name, device);
  const known = choice && of(choice);
  return (
    <Panel
      title="What it will take"
      note={known ? `measured on this computer in ${counted(known.measured.steps, "step")}` : "computed from sizes"}
      actions={
        choice &&
        (status === "working" ? (
          <Button variant="default" size="compact-md" onClick={() => void stop()}>
            Stop measuring
          </Button>
        ) : (
          <Button
            variant="default"
            size="compact-md"
            disabled={live !== null || choice.dataset.split === null}
            leftSection={<IconStopwatch size={17} aria-hidden />}
            onClick={() => void measure(choice)}
          >
            {known ? "Measure again" : "Measure"}
          </Button>
        ))
      }
    >
      <Group gap="16px 40px" align="flex-start">
        <Figure
          label="Steps"
          value={whole(known?.steps ?? estimate.steps)}
          detail={`${whole(values.epochs)} × ${counted(rows, "row")}`}
        />
        <Figure label="Trained" value={whole(estimate.trainable)} detail="numbers in the adapter" />
        <Figure
          label={device?.backend === "webgpu" ? "GPU memory" : "Memory"}
          value={`≤ ${bytes(estimate.memoryBytes)}`}
          detail={known ? `${bytes(known.measured.bytes)} in the steps measured` : "with every text at the limit"}
        />
        <Figure label="Browser storage" value={bytes(estimate.diskBytes)} detail="saved state and model" />
        {known ? (
          <>
            <Figure
              label="Training time"
              value={`≈ ${roughDuration(known.trainingSeconds)}`}
              detail={`at ${rate(known.measured.pairsPerSecond)} pairs/s`}
            />
            <Figure
              label="Scoring time"
              value={`≈ ${roughDuration(known.scoringSeconds)}`}
              detail={`at ${rate(known.measured.textsPerSecond)} texts/s`}
            />
          </>
        ) : (
          <Figure
            label="Training time"
            value={speed === null ? "–" : `≈ ${duration((rows * values.epochs) / speed)}`}
            detail={speed === null ? "not measured yet" : `at the last run's ${rate(speed)} pairs/s`}
          />
        )}
      </Group>
      {status === "working" && (
        <Group gap="sm" mt="sm" wrap="nowrap" role="status">
          <Loader size="sm" aria-hidden />
          <Text size="sm" c="dimmed">
            Measuring in the background: a few steps that are not kept, and some documents. You can start at any time.
          </Text>
        </Group>
      )}
      {status === "failed" && problem && <ProblemPanel problem={problem} tone="ochre" />}
      {device && estimate.memoryBytes > 4 * device.maxBufferBytes && device.backend === "webgpu" && (
        <Text size="sm" mt="sm" c="var(--bad)">
          This may be more than this device can hold. A smaller chunk size or fewer tokens per text need less memory.
        </Text>
      )}
    </Panel>
  );
};
