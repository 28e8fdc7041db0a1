import { ActionIcon, Button, FileButton, Group, Stack, Table, Text, Tooltip } from "@mantine/core";
import { IconFileUpload, IconX } from "@tabler/icons-react";
import { useState } from "react";
import { useComparison } from "../../../../app/comparison/hooks.ts";
import { NO_EXTERNAL } from "../../../../app/comparison/store.ts";
import { toProblem, type Problem } from "../../../../domain/errors.ts";
import type { Comparison, MetricName } from "../../../../domain/evaluation/types.ts";
import { present } from "../../../../domain/present.ts";
import type { WholeRun } from "../../../../domain/run/types.ts";
import { percent, points } from "../../../charts/index.ts";
import { ProblemLine } from "../../../components/ProblemLine.tsx";
import { WideTable } from "../../../components/WideTable.tsx";
import { VerdictBadge } from "../VerdictBadge.tsx";
import { useAgainst } from "./useAgainst.ts";

const METRICS = ["recall@10", "ndcg@10", "mrr@10"] as const satisfies readonly MetricName[];
const RUN_FILES = ".trec,.run,.txt,.tsv,.res,.out";

/** Rankings of other systems on the same test, as lines of their own. */
export const OtherSystems = ({ run }: { run: WholeRun }) => {
  const runs = useComparison(({ external }) => external[run.id] ?? NO_EXTERNAL);
  const add = useComparison((state) => state.addExternal);
  const drop = useComparison((state) => state.dropExternal);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const read = async (files: readonly File[]) => {
    setBusy(true);
    setProblem(null);
    try {
      for (const file of files) await add(run, { file, name: file.name });
    } catch (thrown) {
      setProblem(toProblem(thrown));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Stack gap="sm" align="flex-start">
        <Text c="dimmed" maw={680}>
          How do the models compare with a search that you have? Export queries and documents by TREC id, let the other
          system rank them, and choose its run file here (qid Q0 docid rank score tag): it becomes a line of its own.
        </Text>
        <FileButton multiple accept={RUN_FILES} onChange={(files) => void read(files)}>
          {(button) => (
            <Button variant="default" loading={busy} leftSection={<IconFileUpload size={17} aria-hidden />} {...button}>
              Choose a run file
            </Button>
          )}
        </FileButton>
        <ProblemLine problem={problem} />
        {runs.map(({ evaluation, notes }) => (
          <div key={evaluation.label}>
            <Group gap="xs">
              <Text fw={550}>{evaluation.label}</Text>
              <Tooltip label="Remove">
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size="sm"
                  onClick={() => drop(run.id, evaluation.label)}
                  aria-label={`Remove ${evaluation.label}`}
                >
                  <IconX size={16} />
                </ActionIcon>
              </Tooltip>
            </Group>
            {notes.map((note) => (
              <Text key={note} size="sm" c="dimmed">
                {note}
              </Text>
            ))}
          </div>
        ))}
      </Stack>
      {runs.length > 0 && <Against run={run} />}
    </>
  );
};

/** Each of them against baseline and tuned model. */
const Against = ({ run }: { run: WholeRun }) => {
  const rows = useAgainst(run);
  return (
    <WideTable label="Other systems" minWidth={640}>
      <Table className="numbers" aria-label="Other systems against baseline and tuned" mt="sm">
        <Table.Thead>
          <Table.Tr>
            {["System", "Metric", "Value", "Against", "Difference", "95 % interval", "Verdict"].map((name) => (
              <Table.Th key={name} scope="col">
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.flatMap(({ label, against, comparisons }) =>
            METRICS.map((metric) => {
              const found = present(
                comparisons.find((one) => one.metric === metric),
                metric,
              );
              return <Row key={`${label} ${against} ${metric}`} label={label} against={against} comparison={found} />;
            }),
          )}
        </Table.Tbody>
      </Table>
    </WideTable>
  );
};

const Row = (props: { label: string; against: string; comparison: Comparison }) => {
  const { metric, tuned, delta, interval } = props.comparison;
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={500}>
        {props.label}
      </Table.Th>
      <Table.Td>{metric}</Table.Td>
      <Table.Td>{percent(tuned)}</Table.Td>
      <Table.Td>{props.against}</Table.Td>
      <Table.Td>{points(delta)}</Table.Td>
      <Table.Td>
        {points(interval[0])} to {points(interval[1])}
      </Table.Td>
      <Table.Td>
        <VerdictBadge comparison={props.comparison} />
      </Table.Td>
    </Table.Tr>
  );
};
