import { Button, SimpleGrid, Stack, Text } from "@mantine/core";
import { IconAdjustments } from "@tabler/icons-react";
import type { MetricName } from "../../../../domain/evaluation/types.ts";
import type { WholeRun } from "../../../../domain/run/types.ts";
import { useComparison } from "../../../../app/comparison/hooks.ts";
import { dimensionAdvice, strengthAdvice, type SweepPoint } from "../../../../app/comparison/store.ts";
import { MetricCurve, whole, type ModelValues } from "../../../charts/index.ts";
import { ProblemPanel } from "../../../components/ProblemPanel.tsx";
import { Term } from "../../../components/Term.tsx";
import { Underway } from "../../../components/Underway.tsx";
import { Strengths } from "./Strengths.tsx";

const METRICS = [
  { metric: "recall@10", look: "tuned" },
  { metric: "ndcg@10", look: 2 },
] as const satisfies readonly { metric: MetricName; look: ModelValues["look"] }[];

const seriesOf = (points: readonly SweepPoint[], name: (at: number) => string): ModelValues[] =>
  METRICS.map(({ metric, look }) => ({
    id: metric,
    label: metric,
    look,
    values: points.map(({ at, evaluation, intervals }) => ({
      name: name(at),
      value: evaluation.metrics[metric],
      interval: intervals[metric],
    })),
  }));

/** What a weaker adapter and shorter embeddings would do, scored on the dev queries when the person asks. */
export const Sweeps = ({ run }: { run: WholeRun }) => {
  const state = useComparison(({ sweeps }) => sweeps[run.id]);
  const sweep = useComparison((store) => store.sweep);
  const stop = useComparison((store) => store.stopSweep);
  return (
    <>
      {!state && (
        <Stack align="flex-start" gap="sm">
          <Text c="dimmed" maw={680}>
            How good is the model with ¼, ½ or ¾ of the adapter (<Term of="strength" />
            ), and with embeddings cut to ½, ¼ or ⅛ of their length (<Term of="dimension" />
            )? Shorter embeddings make the index smaller and faster. Each strength embeds the dev texts once.
          </Text>
          <Button
            variant="default"
            leftSection={<IconAdjustments size={17} aria-hidden />}
            onClick={() => void sweep(run)}
          >
            Score strengths and dimensions
          </Button>
        </Stack>
      )}
      {state?.status === "working" && <Underway label="Scoring the dev queries" progress={state} onStop={stop} />}
      {state?.status === "failed" && (
        <ProblemPanel problem={state.problem} tone="ochre">
          {state.problem.code !== "no-dev-queries" && (
            <Button variant="default" size="xs" onClick={() => void sweep(run)}>
              Try again
            </Button>
          )}
        </ProblemPanel>
      )}
      {state?.status === "done" && (
        <Stack gap="sm">
          <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="xl">
            <div>
              <MetricCurve
                title="Strength of the adapter"
                heading="Strength"
                series={seriesOf(state.sweep.strengths, (at) => `λ = ${at}`)}
              />
              <Text mt="xs">{strengthAdvice(state.sweep)}</Text>
            </div>
            <div>
              <MetricCurve
                title="Dimension of the embeddings"
                heading="Dimensions"
                series={seriesOf(state.sweep.dims, String)}
              />
              <Text mt="xs">{dimensionAdvice(state.sweep)}</Text>
            </div>
          </SimpleGrid>
          <Strengths run={run} strengths={state.sweep.strengths} />
          <Text size="sm" c="dimmed">
            {whole(state.sweep.queries)} dev queries against {whole(state.sweep.corpus)} documents. λ = 0 is the
            baseline, λ = 1 the model as trained.
          </Text>
        </Stack>
      )}
    </>
  );
};
