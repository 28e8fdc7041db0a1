import { Button, Group, Text } from "@mantine/core";
import { useDatasets, useFlaggedPairs } from "../../../app/datasets/hooks.ts";
import type { DatasetView } from "../../../app/datasets/store.ts";
import { holdsPair } from "../../../domain/dataset/leftOut.ts";
import { counted } from "../../components/format.ts";
import { Panel } from "../../components/Panel.tsx";

/** Pairs that were called bad while reading results, and those that are left out already. */
export const Flagged = ({ dataset }: { dataset: DatasetView }) => {
  const leaveOutPairs = useDatasets((state) => state.leaveOutPairs);
  const here = useFlaggedPairs(dataset);
  const open = here.filter((pair) => !dataset.excluded.some((out) => holdsPair(pair, [out])));
  if (open.length === 0 && dataset.excluded.length === 0) return null;
  return (
    <Panel title="Flagged pairs" note="from Inspect">
      <Group justify="space-between">
        <Text>
          {open.length > 0 && `${counted(open.length, "pair")} flagged as bad and still in the data. `}
          {dataset.excluded.length > 0 && `${counted(dataset.excluded.length, "pair is", "pairs are")} left out.`}
        </Text>
        <Group gap="sm">
          {open.length > 0 && (
            <Button
              onClick={() =>
                void leaveOutPairs([...dataset.excluded, ...open.map(({ query, positives }) => ({ query, positives }))])
              }
            >
              Leave out {counted(open.length, "flagged pair")}
            </Button>
          )}
          {dataset.excluded.length > 0 && (
            <Button variant="default" onClick={() => void leaveOutPairs([])}>
              Include all again
            </Button>
          )}
        </Group>
      </Group>
    </Panel>
  );
};
