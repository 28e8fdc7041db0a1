import { Button, Progress, Text } from "@mantine/core";
import { useDatasets } from "../../../app/datasets/hooks.ts";
import { pick } from "../../../app/pick.ts";
import { bytes, counted } from "../../components/format.ts";
import { Panel } from "../../components/Panel.tsx";

/** The file that is being read, in a worker. */
export const Reading = () => {
  const { reading, cancelReading } = useDatasets(pick("reading", "cancelReading"));
  if (!reading) return null;
  const { progress, fileName } = reading;
  const share = progress?.totalBytes ? (100 * progress.bytes) / progress.totalBytes : null;
  return (
    <Panel
      title={`Reading ${fileName}`}
      actions={
        <Button variant="default" size="compact-md" onClick={cancelReading}>
          Cancel
        </Button>
      }
    >
      <Progress value={share ?? 100} animated={share === null} aria-label={`Reading ${fileName}`} />
      <Text size="sm" c="dimmed" mt="xs" className="numbers">
        {progress
          ? `${bytes(progress.bytes)}, ${counted(progress.rows, "pair")}, ${counted(progress.badLines, "bad line")} so far`
          : "Starting"}
      </Text>
    </Panel>
  );
};
