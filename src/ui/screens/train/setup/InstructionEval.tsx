import { Button, Group, Stack, Table, Text } from "@mantine/core";
import { IconFlask } from "@tabler/icons-react";
import { useDatasets } from "../../../../app/datasets/hooks.ts";
import { useLiveRun, useRunPlan, useInstructionEval } from "../../../../app/runs/hooks.ts";
import { planned } from "../../../../app/runs/planStore.ts";
import type { ScoredPrompt } from "../../../../app/runs/instructionEvalStore.ts";
import { percent, points, RecallAtKChart, whole, type SeriesLook } from "../../../charts/index.ts";
import { CUTOFFS } from "../../../../domain/evaluation/types.ts";
import { ColumnHeads } from "../../../components/ColumnHeads.tsx";
import { ProblemPanel } from "../../../components/ProblemPanel.tsx";
import { Underway } from "../../../components/Underway.tsx";
import { WideTable } from "../../../components/WideTable.tsx";

const nameOf = ({ sentence }: ScoredPrompt, tried: number): string =>
  sentence === null ? "BM25" : sentence === "" ? "Baseline, its own sentence" : `Sentence ${tried}`;
const lookOf = ({ sentence }: ScoredPrompt, tried: number): SeriesLook =>
  sentence === null ? "bm25" : sentence === "" ? "baseline" : tried;

/** Task sentences tried with the untrained base: sometimes the sentence alone does what one would train for. */
export const InstructionEval = () => {
  const dataset = useDatasets((state) => state.current);
  const live = useLiveRun((state) => state.live);
  const plan = useRunPlan((state) => state);
  const lab = useInstructionEval((state) => state);
  if (!dataset?.split) return null;
  const { base, values } = planned(plan);
  const sentence = plan.instruction.trim();
  const own = sentence === "" || sentence === base.instruction;
  const wanted = own ? "" : sentence;
  const trial = { dataset, base: base.ref, maxTokens: values.maxTokens };
  const fresh = lab.isOf(trial);
  const lines = fresh ? lab.lines : [];
  const working = fresh && lab.status === "working";
  const known = lines.some((line) => line.sentence === wanted);
  return (
    <Stack gap="md" mt="lg">
      {working ? (
        <Underway label="Scoring the untrained base" progress={lab.progress} onStop={lab.stop} />
      ) : (
        <Group gap="md">
          <Button
            variant="default"
            leftSection={<IconFlask size={17} aria-hidden />}
            disabled={known || live !== null || lab.status === "working"}
            onClick={() => void lab.score(trial, wanted)}
          >
            {own ? "Score the base with its own sentence" : "Score the base with this sentence"}
          </Button>
          <Text size="sm" c="dimmed" maw={460}>
            Before any training, on the queries of train and dev. The test is not touched.
          </Text>
        </Group>
      )}
      {fresh && lab.status === "failed" && lab.problem && <ProblemPanel problem={lab.problem} tone="ochre" />}
      {lines.length > 0 && <Scored lines={lines} wanted={wanted} />}
    </Stack>
  );
};

const Scored = ({ lines, wanted }: { lines: readonly ScoredPrompt[]; wanted: string }) => {
  const { queries, corpus } = useInstructionEval((state) => state);
  const setInstruction = useRunPlan((state) => state.setInstruction);
  const tried = (index: number) => lines.slice(0, index + 1).filter(({ sentence }) => sentence).length;
  const named = lines.map((line, index) => ({
    line,
    name: nameOf(line, tried(index)),
    look: lookOf(line, tried(index)),
  }));
  const present = lines.find((line) => line.sentence === wanted)?.against;
  return (
    <>
      {present && (
        <Text fw={550} role="status">
          {present.result.sentence}
        </Text>
      )}
      <WideTable label="Sentences" minWidth={720}>
        <Table className="numbers" aria-label="Sentences tried before training">
          <ColumnHeads names={["Line", "recall@10", "95 % interval", "Change", "95 % interval of it", "For the run"]} />
          <Table.Tbody>
            {named.map(({ line, name }) => {
              const { sentence } = line;
              const interval = line.intervals["recall@10"];
              const change = line.against?.comparison;
              return (
                <Table.Tr key={name}>
                  <Table.Th scope="row" fw={500} maw={360}>
                    {name}
                    {sentence && (
                      <Text size="sm" c="dimmed" fw={400} style={{ overflowWrap: "anywhere" }}>
                        {sentence}
                      </Text>
                    )}
                  </Table.Th>
                  <Table.Td fw={600}>{percent(line.evaluation.metrics["recall@10"])}</Table.Td>
                  <Table.Td>{interval && `${percent(interval[0])} to ${percent(interval[1])}`}</Table.Td>
                  <Table.Td>{change && points(change.delta)}</Table.Td>
                  <Table.Td>
                    {change && `${points(change.interval[0])} to ${points(change.interval[1])}, ${change.verdict}`}
                  </Table.Td>
                  <Table.Td>
                    {sentence === null ? null : sentence === wanted ? (
                      <Text size="sm">chosen</Text>
                    ) : (
                      <Button
                        size="compact-sm"
                        variant="default"
                        aria-label={`Use for the run: ${name}`}
                        onClick={() => setInstruction(sentence)}
                      >
                        Use it
                      </Button>
                    )}
                  </Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </WideTable>
      {named.length > 1 && (
        <RecallAtKChart
          title="Recall@k before training"
          height={240}
          models={named.map(({ line, name, look }) => ({
            id: name,
            label: name,
            look,
            values: CUTOFFS.map((k) => ({
              k,
              value: line.evaluation.metrics[`recall@${k}`],
              interval: line.intervals[`recall@${k}`],
            })),
          }))}
        />
      )}
      <Text size="sm" c="dimmed">
        {whole(queries)} queries of train and dev against {whole(corpus)} documents. Of several sentences that were
        tried, the best looks a little better than it is; the test says what is left of it.
      </Text>
    </>
  );
};
