import { Anchor, Button, Group, Loader, Stack, Table, Text } from "@mantine/core";
import { IconChartGridDots } from "@tabler/icons-react";
import { Link } from "react-router";
import { LEAST_QUERIES, SLICES_NOTE } from "../../../domain/evaluation/index.ts";
import type { WholeRun } from "../../../domain/run/types.ts";
import { useComparison } from "../../../app/comparison/hooks.ts";
import { counted, percent, points, whole } from "../../charts/index.ts";
import { Panel } from "../../components/Panel.tsx";
import { ProblemPanel } from "../../components/ProblemPanel.tsx";
import { WideTable } from "../../components/WideTable.tsx";

const GROUPS = { length: "Length of the question", overlap: "Words shared with the answer" };

/** Which questions tuning helped, once a person asks. */
export const Slices = ({ run }: { run: WholeRun }) => {
  const state = useComparison(({ slices }) => slices[run.id]);
  const slice = useComparison((store) => store.slice);
  return (
    <Panel title="For which questions" note="tuned against baseline on recall@10">
      {!state && (
        <Stack align="flex-start" gap="sm">
          <Text c="dimmed" maw={680}>
            Does tuning help short questions and long ones, and those that share no word with their answer, which a
            search by words cannot find?
          </Text>
          <Button
            variant="default"
            leftSection={<IconChartGridDots size={17} aria-hidden />}
            onClick={() => void slice(run)}
          >
            Compare by kind of question
          </Button>
        </Stack>
      )}
      {state?.status === "working" && (
        <Group gap="sm">
          <Loader size="xs" />
          <Text>Comparing kinds of questions</Text>
        </Group>
      )}
      {state?.status === "failed" && (
        <ProblemPanel problem={state.problem} tone="ochre">
          <Button variant="default" size="xs" onClick={() => void slice(run)}>
            Try again
          </Button>
        </ProblemPanel>
      )}
      {state?.status === "done" && (
        <>
          <WideTable label="Kinds of questions" minWidth={640}>
            <Table className="numbers" aria-label="Tuned against baseline by kind of question">
              <Table.Thead>
                <Table.Tr>
                  {["Questions", "Number", "Baseline", "Tuned", "Change", "95 % interval"].map((name) => (
                    <Table.Th key={name} scope="col">
                      {name}
                    </Table.Th>
                  ))}
                </Table.Tr>
              </Table.Thead>
              {(["length", "overlap"] as const).map((by) => (
                <Table.Tbody key={by}>
                  <Table.Tr>
                    <Table.Th colSpan={6} scope="rowgroup" c="dimmed" fw={500}>
                      {GROUPS[by]}
                    </Table.Th>
                  </Table.Tr>
                  {state.slices.rows
                    .filter((row) => row.by === by)
                    .map(({ name, comparison: { queries = 0, baseline, tuned, delta, interval } }) => (
                      <Table.Tr key={name}>
                        <Table.Th scope="row" fw={500}>
                          <Anchor
                            component={Link}
                            to={`/inspect?${new URLSearchParams({ run: run.id, kind: name }).toString()}`}
                            title="Read these questions in Inspect"
                          >
                            {name}
                          </Anchor>
                        </Table.Th>
                        <Table.Td>{whole(queries)}</Table.Td>
                        <Table.Td>{percent(baseline)}</Table.Td>
                        <Table.Td>{percent(tuned)}</Table.Td>
                        <Table.Td fw={600}>{points(delta)}</Table.Td>
                        <Table.Td>
                          {points(interval[0])} to {points(interval[1])}
                        </Table.Td>
                      </Table.Tr>
                    ))}
                </Table.Tbody>
              ))}
            </Table>
          </WideTable>
          <Text size="sm" c="dimmed" mt="xs">
            {SLICES_NOTE}
            {state.slices.folded > 0 &&
              ` Kinds of fewer than ${LEAST_QUERIES} questions say too little and are left out (${counted(state.slices.folded, "question")}).`}
          </Text>
        </>
      )}
    </Panel>
  );
};
