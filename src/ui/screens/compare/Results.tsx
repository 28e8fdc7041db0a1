import { Button, Group, Skeleton, Stack } from "@mantine/core";
import { useState } from "react";
import { measuredOnNote } from "../../../domain/dataset/origin.ts";
import { GRADED_NOTE } from "../../../domain/evaluation/index.ts";
import { CUTOFFS } from "../../../domain/evaluation/types.ts";
import { at } from "../../../domain/present.ts";
import type { WholeRun } from "../../../domain/run/types.ts";
import { RecallAtKChart } from "../../charts/index.ts";
import { Panel } from "../../components/Panel.tsx";
import { ProblemPanel } from "../../components/ProblemPanel.tsx";
import { ExportMenu } from "./ExportMenu.tsx";
import { InLangfuse } from "./InLangfuse.tsx";
import { Lines } from "./Lines.tsx";
import { More } from "./more/index.tsx";
import { Verdict } from "./Verdict.tsx";
import { measured } from "./measured.ts";
import { useComparisonSet, type Shown } from "./useComparisonSet.ts";
import { useSteady } from "./useSteady.ts";

/** Tall enough to read, low enough that verdict and charts fit on a small laptop's first screen. */
const CHART = 220;

/** Lines in a chart unless one asks for more. */
const LINES = 5;
/** The pinned model and the runs come first, then what says most beside them; in the order in which all are listed. */
const firstLines = (all: readonly Shown[], main: string): readonly Shown[] => {
  const weight = ({ id, run }: Shown, index: number) =>
    index === 0
      ? 0
      : id === main
        ? 1
        : run
          ? 2
          : ["reranked-tuned", "hybrid-tuned", "base", "hybrid-base", "bm25", "reranked-base"].indexOf(id) + 3;
  const wanted = all
    .map((shown, index) => ({ shown, weight: weight(shown, index) }))
    .sort((a, b) => a.weight - b.weight)
    .slice(0, LINES)
    .map(({ shown }) => shown);
  return all.filter((shown) => wanted.includes(shown));
};

interface ResultsProps {
  main: WholeRun;
  others: readonly string[];
  pin: string;
  onOthers: (ids: readonly string[]) => void;
  more: readonly string[];
  onMore: (ids: readonly string[]) => void;
}

/** Everything about a scored run beside the models it is compared with. */
export const Results = ({ main, others, pin, onOthers, more, onMore }: ResultsProps) => {
  const set = useComparisonSet(main, others, pin);
  const [chosen, setChosen] = useState<string | null>(null);
  const model = set.models.find(({ id }) => id === (chosen ?? main.id)) ?? at(set.models, 0);
  const stored = set.pinned.id === "base" && model.id === main.id ? main.comparisons : [];
  const comparisons = model.compared?.status === "done" ? model.compared.comparisons : stored;
  const all = [set.pinned, ...set.models];
  const [every, setEvery] = useState(false);
  const charted = every ? all : firstLines(all, main.id);
  const note = measuredOnNote(model.evaluation.measuredOn);
  const graded = main.queries.some(({ grades }) => grades) ? GRADED_NOTE : null;
  const steady = useSteady(set.settled);
  return (
    <Stack gap="md">
      {[
        ...set.refused,
        ...set.missing.map((id) => ({ run: { id, name: id }, reason: "It is not stored in this browser." })),
      ].map(({ run, reason }) => (
        <ProblemPanel
          key={run.id}
          tone="ochre"
          problem={{
            code: "not-comparable",
            message: `${run.name} cannot be compared with ${main.name}.`,
            hint: reason,
          }}
        >
          <Button variant="default" size="xs" onClick={() => onOthers(others.filter((id) => id !== run.id))}>
            Remove it
          </Button>
        </ProblemPanel>
      ))}
      <Verdict
        main={main}
        pinned={set.pinned}
        model={model}
        models={set.models}
        comparisons={comparisons}
        beyondHybrid={set.beyondHybrid}
        onModel={setChosen}
      />
      {!steady && <Skeleton height={CHART + 550} radius="md" aria-label="Computing intervals" />}
      {steady && (
        <Panel>
          <RecallAtKChart
            height={CHART}
            note={note}
            models={charted.map((shown) => ({
              id: shown.id,
              label: shown.label,
              look: shown.look,
              values: CUTOFFS.map((k) => ({ k, ...measured(shown, `recall@${k}`) })),
            }))}
          />
          {all.length > LINES && (
            <Button variant="subtle" size="compact-sm" onClick={() => setEvery(!every)}>
              {every ? `Only ${LINES} lines` : `All ${all.length} lines`}
            </Button>
          )}
        </Panel>
      )}
      {steady && (
        <Panel
          title="Figures"
          actions={
            <Group gap="sm">
              <InLangfuse run={main} />
              <ExportMenu run={main} model={model} models={all} comparisons={comparisons} pinned={set.pinned} />
            </Group>
          }
        >
          <Lines set={set} note={graded} />
        </Panel>
      )}
      <More
        main={main}
        pinned={set.pinned}
        model={model}
        charted={charted}
        comparisons={comparisons}
        runs={set.runs}
        opened={more}
        onOpened={onMore}
      />
    </Stack>
  );
};
