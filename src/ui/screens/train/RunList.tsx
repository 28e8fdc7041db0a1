import {
  ActionIcon,
  Anchor,
  Button,
  Group,
  Modal,
  ScrollArea,
  Table,
  Text,
  Tooltip,
  VisuallyHidden,
} from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import { toProblem, type Problem } from "../../../domain/errors.ts";
import type { RunRecord } from "../../../domain/run/types.ts";
import { useRuns, useLiveRun } from "../../../app/runs/hooks.ts";
import { moment } from "../../components/format.ts";
import { Panel } from "../../components/Panel.tsx";
import { ProblemPanel } from "../../components/ProblemPanel.tsx";
import { gainOf } from "./run/gain.ts";

/** Earlier runs of this browser. */
export const RunList = () => {
  const { runs, problem } = useRuns((state) => state);
  const live = useLiveRun((state) => state.live?.runId ?? null);
  const removeRun = useLiveRun((state) => state.removeRun);
  const [doomed, setDoomed] = useState<RunRecord | null>(null);
  const [refused, setRefused] = useState<Problem | null>(null);
  if (problem) return <ProblemPanel problem={problem} />;
  if (runs.length === 0) return null;
  return (
    <Panel title="Earlier runs">
      <ScrollArea type="auto" viewportProps={{ tabIndex: 0, role: "region", "aria-label": "Earlier runs" }}>
        <Table tabularNums miw={640}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Run</Table.Th>
              <Table.Th scope="col">Started</Table.Th>
              <Table.Th scope="col">State</Table.Th>
              <Table.Th scope="col">Steps</Table.Th>
              <Table.Th scope="col">Recall@10</Table.Th>
              <Table.Th scope="col">
                <VisuallyHidden>Remove</VisuallyHidden>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {runs.map((run) => (
              <Table.Tr key={run.id}>
                <Table.Td>
                  <Anchor component={Link} to={`/train?run=${run.id}`}>
                    {run.name}
                  </Anchor>
                </Table.Td>
                <Table.Td>{moment(run.createdAt)}</Table.Td>
                <Table.Td>{run.status}</Table.Td>
                <Table.Td>
                  {run.lastStep?.step ?? 0} of {run.lastStep?.totalSteps ?? "–"}
                </Table.Td>
                <Table.Td>{gainOf(run) ?? "–"}</Table.Td>
                <Table.Td ta="right">
                  <Tooltip label="Remove this run and its files">
                    <ActionIcon
                      variant="subtle"
                      color="gray"
                      disabled={run.id === live}
                      aria-label={`Remove ${run.name} of ${moment(run.createdAt)}`}
                      onClick={() => setDoomed(run)}
                    >
                      <IconTrash size={17} stroke={1.6} />
                    </ActionIcon>
                  </Tooltip>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollArea>
      <Modal
        opened={doomed !== null}
        onClose={() => setDoomed(null)}
        title="Remove this run?"
        closeButtonProps={{ "aria-label": "Close" }}
      >
        <Text>
          {doomed?.name}: its curves, checkpoint and artifact are deleted from this browser. A version that was uploaded
          to the server stays there.
        </Text>
        {refused && <ProblemPanel problem={refused} />}
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={() => setDoomed(null)}>
            Keep it
          </Button>
          <Button
            color="brick"
            onClick={() =>
              doomed &&
              removeRun(doomed.id).then(
                () => setDoomed(null),
                (thrown: unknown) => setRefused(toProblem(thrown)),
              )
            }
          >
            Remove
          </Button>
        </Group>
      </Modal>
    </Panel>
  );
};
