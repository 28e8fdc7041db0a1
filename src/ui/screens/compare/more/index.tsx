import { Box, Text } from "@mantine/core";
import type { Comparison, MetricName } from "../../../../domain/evaluation/types.ts";
import type { RunRecord, WholeRun } from "../../../../domain/run/types.ts";
import { MetricBars } from "../../../charts/index.ts";
import { measured } from "../measured.ts";
import type { Shown } from "../useComparisonSet.ts";
import { Bytes } from "./Bytes.tsx";
import { Changes } from "./Changes.tsx";
import { Configuration } from "./Configuration.tsx";
import { DeltaTable } from "./DeltaTable.tsx";
import { Kept, useKeptNote } from "./Kept.tsx";
import { OtherSystems } from "./OtherSystems.tsx";
import { RerankedLines, useRerankNote } from "./RerankedLines.tsx";
import { Section, Sections } from "./Section.tsx";
import { Slices } from "./Slices.tsx";
import { Sweeps } from "./Sweeps.tsx";

const BARS = ["ndcg@10", "mrr@10", "map@100"] as const satisfies readonly MetricName[];

interface MoreProps {
  main: WholeRun;
  pinned: Shown;
  model: Shown;
  charted: readonly Shown[];
  comparisons: readonly Comparison[];
  runs: readonly RunRecord[];
  opened: readonly string[];
  onOpened: (ids: readonly string[]) => void;
}

/** Everything beyond the verdict, each part on its own when it is opened; a part without anything to show is not there. */
export const More = ({ main, pinned, model, charted, comparisons, runs, opened, onOpened }: MoreProps) => {
  const kept = useKeptNote(main);
  const reranked = useRerankNote(main);
  return (
    <Sections opened={opened} onOpened={onOpened}>
      <Section id="changes" title="Queries that won and lost" note={`${model.label} against ${pinned.label}`}>
        <Changes
          before={pinned.evaluation}
          after={model.evaluation}
          runId={pinned.id === "base" ? (model.run?.id ?? null) : null}
        />
      </Section>
      <Section id="metrics" title="All metrics" note={`${model.label} against ${pinned.label}`}>
        {comparisons.length ? (
          <DeltaTable comparisons={comparisons} pinned={pinned.label} model={model.label} />
        ) : (
          <Text c="dimmed">The intervals are still being computed.</Text>
        )}
        <Box mt="lg">
          <MetricBars
            title="NDCG, MRR and MAP"
            height={220}
            models={charted.map((shown) => ({
              id: shown.id,
              label: shown.label,
              look: shown.look,
              values: BARS.map((metric) => ({ name: metric, ...measured(shown, metric) })),
            }))}
          />
        </Box>
      </Section>
      <Section id="kinds" title="For which questions" note="Tuned against Baseline">
        <Slices key={main.id} run={main} />
      </Section>
      <Section id="kept" title="What it kept" note={kept}>
        <Kept run={main} />
      </Section>
      <Section id="bytes" title="What a byte buys" note="smaller embeddings">
        <Bytes run={main} />
      </Section>
      <Section id="strength" title="Strength and dimension" note="a weaker adapter, shorter embeddings">
        <Sweeps run={main} />
      </Section>
      {reranked !== null && (
        <Section id="reranker" title="With a reranker" note={reranked}>
          <RerankedLines key={main.id} run={main} />
        </Section>
      )}
      <Section id="systems" title="Other systems" note="any other search on the same test">
        <OtherSystems key={main.id} run={main} />
      </Section>
      <Section id="settings" title="Settings" note={runs.length > 1 ? "what differs" : undefined}>
        <Configuration key={runs.length} runs={runs} />
      </Section>
    </Sections>
  );
};
