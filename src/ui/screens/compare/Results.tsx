import { Alert, Button, Group, Loader, SegmentedControl, SimpleGrid, Stack, Text } from "@mantine/core";
import { IconScale } from "@tabler/icons-react";
import { useState } from "react";
import { headlineOf, verdictSentence } from "../../../domain/evaluation/index.ts";
import { CUTOFFS, type MetricName } from "../../../domain/evaluation/types.ts";
import { at } from "../../../domain/present.ts";
import type { WholeRun } from "../../../domain/run/types.ts";
import { MetricBars, percent, RecallAtKChart, whole } from "../../charts/index.ts";
import { Panel } from "../../components/Panel.tsx";
import { ProblemPanel } from "../../components/ProblemPanel.tsx";
import { Changes } from "./Changes.tsx";
import { Configuration } from "./Configuration.tsx";
import { DeltaTable } from "./DeltaTable.tsx";
import { ExportMenu } from "./ExportMenu.tsx";
import { InLangfuse } from "./InLangfuse.tsx";
import { Sweeps } from "./Sweeps.tsx";
import { useComparisonSet, type Shown } from "./useComparisonSet.ts";

const BARS = ["ndcg@10", "mrr@10", "map@100"] as const satisfies readonly MetricName[];

const measured = ({ evaluation, compared }: Shown, metric: MetricName) => ({
  value: evaluation.metrics[metric],
  interval: compared?.status === "done" ? compared.intervals[metric] : undefined,
});

const VERDICT_COLORS = { improved: "spruce", regressed: "brick", inconclusive: "gray" };

interface ResultsProps {
  main: WholeRun;
  others: readonly string[];
  pin: string;
  onOthers: (ids: readonly string[]) => void;
}

/** Everything about a scored run beside the models it is compared with. */
export const Results = ({ main, others, pin, onOthers }: ResultsProps) => {
  const set = useComparisonSet(main, others, pin);
  const [chosen, setChosen] = useState<string | null>(null);
  const model = set.models.find(({ id }) => id === (chosen ?? main.id)) ?? at(set.models, 0);
  const stored = set.pinned.id === "base" && model.id === main.id ? main.comparisons : [];
  const comparisons = model.compared?.status === "done" ? model.compared.comparisons : stored;
  const headline = headlineOf(comparisons);
  const { queries, corpus, splitHash } = model.evaluation;
  const all = [set.pinned, ...set.models];
  return (
    <Stack gap="lg">
      {[
        ...set.refused,
        ...set.missing.map((id) => ({ run: { id, name: id }, reason: "It is not stored in this browser." })),
      ].map(({ run, reason }) => (
        <ProblemPanel
          key={run.id}
          tone="ochre"
          problem={{ code: "not-comparable", message: `${run.name} cannot stand beside ${main.name}.`, hint: reason }}
        >
          <Button variant="default" size="xs" onClick={() => onOthers(others.filter((id) => id !== run.id))}>
            Take it out
          </Button>
        </ProblemPanel>
      ))}
      {set.models.length > 1 && (
        <SegmentedControl
          aria-label="Model whose change is shown"
          value={model.id}
          onChange={setChosen}
          data={set.models.map(({ id, label }) => ({ value: id, label }))}
          style={{ alignSelf: "flex-start", maxWidth: "100%", overflowX: "auto" }}
        />
      )}
      <Alert
        variant="light"
        color={headline ? VERDICT_COLORS[headline.verdict] : "gray"}
        icon={<IconScale aria-hidden />}
      >
        {headline ? (
          <Text size="lg" fw={550} lh={1.45}>
            {verdictSentence(headline)}
          </Text>
        ) : model.compared?.status === "failed" ? (
          <Text>
            {model.compared.problem.message} {model.compared.problem.hint}
          </Text>
        ) : (
          <Group gap="sm">
            <Loader size="xs" />
            <Text>Resampling the queries for intervals and verdict</Text>
          </Group>
        )}
        <Text size="sm" mt={6}>
          {model.label} against {set.pinned.label}: {whole(queries)} test queries against {whole(corpus)} documents,
          split {splitHash.slice(0, 8)}.
          {main.bm25 && model.id !== "bm25" && set.pinned.id !== "bm25" && (
            <> BM25, which needs no model, reaches {percent(main.bm25.metrics["recall@10"])} on recall@10.</>
          )}
        </Text>
      </Alert>
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg">
        <Panel>
          <RecallAtKChart
            models={all.map((shown) => ({
              id: shown.id,
              label: shown.label,
              look: shown.look,
              values: CUTOFFS.map((k) => ({ k, ...measured(shown, `recall@${k}`) })),
            }))}
          />
        </Panel>
        <Panel>
          <MetricBars
            title="NDCG, MRR and MAP"
            models={all.map((shown) => ({
              id: shown.id,
              label: shown.label,
              look: shown.look,
              values: BARS.map((metric) => ({ name: metric, ...measured(shown, metric) })),
            }))}
          />
        </Panel>
      </SimpleGrid>
      <Panel
        title="Queries that won and lost"
        note={`${model.label} against ${set.pinned.label}, by the place of the first right document`}
      >
        <Changes
          before={set.pinned.evaluation}
          after={model.evaluation}
          runId={set.pinned.id === "base" ? (model.run?.id ?? null) : null}
        />
      </Panel>
      <Panel
        title="Every change"
        note={`${model.label} against ${set.pinned.label}`}
        actions={
          <Group gap="sm">
            <InLangfuse run={main} />
            <ExportMenu run={main} model={model} models={all} comparisons={comparisons} pinned={set.pinned} />
          </Group>
        }
      >
        {comparisons.length ? (
          <DeltaTable comparisons={comparisons} pinned={set.pinned.label} model={model.label} />
        ) : (
          <Text c="dimmed">The intervals are still being computed.</Text>
        )}
      </Panel>
      <Sweeps run={main} />
      <Panel title="Configuration">
        <Configuration key={set.runs.length} runs={set.runs} />
      </Panel>
    </Stack>
  );
};
