import { Anchor, Button, Group, Loader, Select, Table, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { Link } from "react-router";
import { LEAST_QUERIES, SLICES_NOTE } from "../../../../domain/evaluation/index.ts";
import type { WholeRun } from "../../../../domain/run/types.ts";
import { useComparison } from "../../../../app/comparison/hooks.ts";
import { NO_COLUMNS, sliceKey } from "../../../../app/comparison/store.ts";
import type { SlicedFigures } from "../../../../app/comparison/sliceRun.ts";
import { counted, percent, points, whole } from "../../../charts/index.ts";
import { notifyProblem } from "../../../components/notify.ts";
import { ProblemPanel } from "../../../components/ProblemPanel.tsx";
import { WideTable } from "../../../components/WideTable.tsx";
import { VerdictBadge } from "../VerdictBadge.tsx";
import classes from "../compare.module.css";

const GROUPS: Record<string, string> = { length: "Length of the question", overlap: "Words shared with the answer" };
const groupName = (by: string): string => GROUPS[by] ?? by.replace(/^column /, "");

const HEADS = ["Questions", "Number", "Baseline", "Tuned", "Change", "95 % interval", "Verdict"];

/** Which questions tuning helped: computed as this is opened. */
export const Slices = ({ run }: { run: WholeRun }) => {
  const columns = useComparison((store) => store.columns[run.id] ?? NO_COLUMNS);
  const readColumns = useComparison((store) => store.readColumns);
  const [chosen, setChosen] = useState<string | null>(null);
  const column = columns.find(({ name }) => name === chosen) ?? null;
  const state = useComparison(({ slices }) => slices[sliceKey(run, chosen)]);
  const slice = useComparison((store) => store.slice);
  useEffect(() => void readColumns(run).catch(notifyProblem), [readColumns, run]);
  useEffect(() => void slice(run), [slice, run]);
  const part = (name: string | null) => {
    setChosen(name);
    void slice(run, columns.find((one) => one.name === name) ?? null);
  };
  return (
    <>
      <Group justify="space-between" mb="sm" gap="sm">
        <Text c="dimmed" maw={680}>
          Does tuning help short questions and long ones, and those that share no word with their answer, which a search
          by words cannot find?
        </Text>
        {columns.length > 0 && (
          <Select
            aria-label="Part the questions by"
            size="xs"
            w={220}
            value={chosen ?? ""}
            onChange={(name) => part(name || null)}
            allowDeselect={false}
            data={[
              { value: "", label: "Length and shared words" },
              ...columns.map(({ name }) => ({ value: name, label: `By ${name}` })),
            ]}
          />
        )}
      </Group>
      {(!state || state.status === "working") && (
        <Group gap="sm">
          <Loader size="xs" />
          <Text>Comparing kinds of questions</Text>
        </Group>
      )}
      {state?.status === "failed" && (
        <ProblemPanel problem={state.problem} tone="ochre">
          <Button variant="default" size="xs" onClick={() => void slice(run, column)}>
            Try again
          </Button>
        </ProblemPanel>
      )}
      {state?.status === "done" && (
        <>
          <WideTable label="Kinds of questions" minWidth={720}>
            <Table className="numbers" aria-label="Tuned against baseline by kind of question">
              <Table.Thead>
                <Table.Tr>
                  {HEADS.map((name) => (
                    <Table.Th key={name} scope="col">
                      {name}
                    </Table.Th>
                  ))}
                </Table.Tr>
              </Table.Thead>
              {[...new Set(state.slices.rows.map(({ by }) => by))].map((by) => (
                <Table.Tbody key={by} className={classes.group}>
                  <Table.Tr>
                    <Table.Th colSpan={HEADS.length} scope="rowgroup" c="dimmed" fw={500}>
                      {groupName(by)}
                    </Table.Th>
                  </Table.Tr>
                  {state.slices.rows
                    .filter((row) => row.by === by)
                    .map((row) => (
                      <Row key={row.name} runId={run.id} row={row} />
                    ))}
                </Table.Tbody>
              ))}
            </Table>
          </WideTable>
          <Text size="sm" c="dimmed" mt="xs">
            {SLICES_NOTE}
            {state.slices.folded > 0 &&
              ` ${counted(state.slices.small, "kind")} of fewer than ${LEAST_QUERIES} questions ${state.slices.small === 1 ? "says" : "say"} too little and ${state.slices.small === 1 ? "is" : "are"} left out (${counted(state.slices.folded, "question")}).`}
          </Text>
        </>
      )}
    </>
  );
};

const Row = ({ runId, row }: { runId: string; row: SlicedFigures }) => {
  const { by, name, comparison } = row;
  const { queries = 0, baseline, tuned, delta, interval, verdict } = comparison;
  const address = { run: runId, kind: name, ...(by.startsWith("column ") && { by: by.slice("column ".length) }) };
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={500}>
        <Anchor
          component={Link}
          to={`/inspect?${new URLSearchParams(address).toString()}`}
          title="Read these questions in Inspect"
        >
          {name}
        </Anchor>
      </Table.Th>
      <Table.Td>{whole(queries)}</Table.Td>
      <Table.Td>{percent(baseline)}</Table.Td>
      <Table.Td>{percent(tuned)}</Table.Td>
      <Table.Td fw={verdict === "inconclusive" ? undefined : 600}>{points(delta)}</Table.Td>
      <Table.Td>
        {points(interval[0])} to {points(interval[1])}
      </Table.Td>
      <Table.Td>
        <VerdictBadge comparison={comparison} />
      </Table.Td>
    </Table.Tr>
  );
};
