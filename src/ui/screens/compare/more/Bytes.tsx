import { Button, Group, Stack, Table, Text } from "@mantine/core";
import { IconDownload, IconScale } from "@tabler/icons-react";
import { useComparison } from "../../../../app/comparison/hooks.ts";
import type { RunBytes } from "../../../../app/comparison/weighRun.ts";
import { millionPassages, VECTOR_FORMS, type VectorForm } from "../../../../domain/evaluation/index.ts";
import type { RunRecord } from "../../../../domain/run/types.ts";
import { MetricCurve, percent, points, whole, type ModelValues } from "../../../charts/index.ts";
import { ProblemPanel } from "../../../components/ProblemPanel.tsx";
import { Term } from "../../../components/Term.tsx";
import { Underway } from "../../../components/Underway.tsx";
import { WideTable } from "../../../components/WideTable.tsx";

const LOOKS: Record<VectorForm, ModelValues["look"]> = { float32: "tuned", float16: 1, int8: 2, binary: 3 };

/** A line a form, from few bytes to many: smaller forms first, so that the axis ascends. */
const linesOf = ({ rows }: RunBytes): ModelValues[] =>
  [...VECTOR_FORMS].reverse().map((form) => ({
    id: form,
    label: form,
    look: LOOKS[form],
    values: rows
      .filter((row) => row.form === form)
      .sort((a, b) => a.bytes - b.bytes)
      .map((row) => ({ name: whole(row.bytes), value: row.recall, interval: row.interval })),
  }));

/** What smaller forms of the embeddings would find, scored on the dev queries when the person asks. */
export const Bytes = ({ run }: { run: RunRecord }) => {
  const state = useComparison((store) => store.bytes[run.id]);
  const weigh = useComparison((store) => store.weigh);
  const stop = useComparison((store) => store.stopWeighing);
  return (
    <>
      {!state && (
        <Stack align="flex-start" gap="sm">
          <Text c="dimmed" maw={680}>
            How much is still found when an <Term of="embedding" /> is kept as 16-bit or 8-bit numbers, or as signs
            alone, and cut to ½, ¼ or ⅛ of its length? Everything comes from one pass over the texts.
          </Text>
          <Button variant="default" leftSection={<IconScale size={17} aria-hidden />} onClick={() => void weigh(run)}>
            Score smaller embeddings
          </Button>
        </Stack>
      )}
      {state?.status === "working" && <Underway label="Scoring smaller embeddings" progress={state} onStop={stop} />}
      {state?.status === "failed" && (
        <ProblemPanel problem={state.problem} tone="ochre">
          {state.problem.code !== "no-dev-queries" && (
            <Button variant="default" size="xs" onClick={() => void weigh(run)}>
              Try again
            </Button>
          )}
        </ProblemPanel>
      )}
      {state?.status === "done" && <ByteFigures figures={state.bytes} />}
    </>
  );
};

const ByteFigures = ({ figures }: { figures: RunBytes }) => {
  const save = useComparison((store) => store.saveText);
  return (
    <Stack gap="sm">
      <MetricCurve title="recall@10 by bytes a passage" heading="Bytes a passage" series={linesOf(figures)} />
      <Text>{figures.advice}</Text>
      <WideTable label="What a byte buys" minWidth={720} mah={360}>
        <Table className="numbers" aria-label="recall@10 by form and dimension of the embeddings">
          <Table.Thead>
            <Table.Tr>
              {[
                "Form",
                "Dimensions",
                "Bytes a passage",
                "1 million passages",
                "recall@10",
                "95 % interval",
                "Change",
              ].map((name) => (
                <Table.Th key={name} scope="col">
                  {name}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {figures.rows.map((row) => (
              <Table.Tr key={`${row.form} ${row.dim}`}>
                <Table.Th scope="row" fw={500}>
                  {row.form}
                </Table.Th>
                <Table.Td>{whole(row.dim)}</Table.Td>
                <Table.Td>{whole(row.bytes)}</Table.Td>
                <Table.Td>{millionPassages(row)}</Table.Td>
                <Table.Td>{percent(row.recall)}</Table.Td>
                <Table.Td>
                  {percent(row.interval[0])} to {percent(row.interval[1])}
                </Table.Td>
                <Table.Td fw={600}>
                  {row.delta === null || row.deltaInterval === null
                    ? "–"
                    : `${points(row.delta)} (${points(row.deltaInterval[0])} to ${points(row.deltaInterval[1])})`}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </WideTable>
      <Text size="sm" c="dimmed">
        {whole(figures.queries)} dev queries against {whole(figures.corpus)} documents. {figures.notes.join(" ")}
      </Text>
      <Group>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconDownload size={16} aria-hidden />}
          onClick={() => save("bytes.csv", figures.csv)}
        >
          Save as CSV
        </Button>
      </Group>
    </Stack>
  );
};
