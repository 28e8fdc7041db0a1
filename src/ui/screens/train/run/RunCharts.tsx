import { SimpleGrid, Skeleton } from "@mantine/core";
import { useMemo } from "react";
import type { RunRecord, RunSeries } from "../../../../domain/run/types.ts";
import { useRunSeries } from "../../../../app/runs/hooks.ts";
import { LineSeriesChart } from "../../../charts/index.ts";
import { percent } from "../../../components/format.ts";
import { ProblemPanel } from "../../../components/ProblemPanel.tsx";
import { Panel } from "../../../components/Panel.tsx";
import { MoreCurves } from "./MoreCurves.tsx";
import { recallSeries, seriesOf, smoothed } from "./series.ts";

const recallOf = (value: number): string => percent(value);

/** A run's curves; they share their cursor and their extent. */
export const RunCharts = ({ run }: { run: RunRecord }) => {
  const series = useRunSeries(run.id);
  if (series.status === "failed") return <ProblemPanel problem={series.problem} />;
  if (series.status === "loading") return <Skeleton height={260} radius="md" aria-label="Reading the curves" />;
  return <Curves runId={run.id} series={series.value} />;
};

const Curves = ({ runId, series: { steps, dev } }: { runId: string; series: RunSeries }) => {
  const recall = useMemo(() => recallSeries(dev), [dev]);
  const loss = useMemo(() => seriesOf(steps, "loss"), [steps]);
  const smooth = useMemo(() => smoothed(loss), [loss]);
  const total = steps.at(-1)?.totalSteps ?? 1;
  const shared = { xLabel: "step", xDomain: [0, total] as const, syncId: runId };
  return (
    <>
      <Panel>
        <LineSeriesChart
          {...shared}
          title="Recall@10 on the dev queries"
          series={[{ id: "recall", label: "Tuned", look: "tuned", points: recall.points }]}
          baseline={recall.baseline === null ? undefined : { label: "Baseline", value: recall.baseline }}
          kept={recall.best ? { ...recall.best, by: "NDCG@10" } : undefined}
          format={recallOf}
          height={260}
        />
      </Panel>
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg">
        <Panel>
          <LineSeriesChart
            {...shared}
            title="Loss"
            series={[
              { id: "raw", label: "Each step", look: 4, points: loss, faint: true },
              { id: "smooth", label: "Smoothed", look: "tuned", points: smooth },
            ]}
          />
        </Panel>
        <Panel>
          <LineSeriesChart
            {...shared}
            title="Similarity in the batch"
            series={[
              {
                id: "positive",
                label: "Query and its document",
                look: 2,
                points: seriesOf(steps, "positiveSimilarity"),
              },
              { id: "negative", label: "Query and the others", look: 1, points: seriesOf(steps, "negativeSimilarity") },
            ]}
          />
        </Panel>
      </SimpleGrid>
      <MoreCurves steps={steps} shared={shared} />
    </>
  );
};
