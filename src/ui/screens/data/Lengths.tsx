import { Button, Loader, SimpleGrid, Text } from "@mantine/core";
import { useDeferredValue, useEffect } from "react";
import { useLengths } from "../../../app/datasets/hooks.ts";
import { SAMPLE, lengthsKey } from "../../../app/datasets/lengthsStore.ts";
import type { DatasetView } from "../../../app/datasets/store.ts";
import { useEngine } from "../../../app/device/hooks.ts";
import { sameBase } from "../../../app/device/store.ts";
import { useLiveRun, useRunPlan } from "../../../app/runs/hooks.ts";
import { planned } from "../../../app/runs/planStore.ts";
import { pick } from "../../../app/pick.ts";
import { Histogram } from "../../charts/index.ts";
import { percent, whole } from "../../components/format.ts";
import { OneByOne } from "../../components/OneByOne.tsx";
import { Panel } from "../../components/Panel.tsx";
import { ProblemPanel } from "../../components/ProblemPanel.tsx";

/** How long the texts are to the chosen model, and what would be cut. */
export const Lengths = ({ dataset }: { dataset: DatasetView }) => {
  const plan = useRunPlan((state) => state);
  const { base, values: planValues } = planned(plan);
  const limit = planValues.maxTokens;
  const instruction = plan.instruction.trim();
  const { key, status, problem, queries, documents, texts, measure } = useLengths(
    pick("key", "status", "problem", "queries", "documents", "texts", "measure"),
  );
  const busy = useLiveRun((state) => state.live !== null);
  const ready = useEngine((state) => state.probe !== "failed" && sameBase(state.loaded, base.ref));
  const mine = key === lengthsKey(dataset, base.ref, instruction);
  /** Fetching a large base only to count tokens is the person's choice. */
  const free = base.ref.source === "bundled" || ready;
  useEffect(() => {
    if (free) void measure(dataset, base.ref, instruction);
  }, [free, measure, dataset, base.ref, instruction]);

  // Charts are a lot to draw: they wait for a pass that input may interrupt.
  const drawn = useDeferredValue(mine && status === "ready", false);

  /** A limit far beyond all texts would only squeeze the bars. */
  const markOf = (values: Int32Array) =>
    values.some((length) => length > limit / 2) ? { label: "limit", value: limit } : undefined;
  const cut = documents.filter((length) => length > limit).length;
  return (
    <Panel title="Lengths" note={`in tokens of ${base.name}, prompt and end included`}>
      {!free && !mine && busy && <Text c="dimmed">Counted when the current run has ended.</Text>}
      {!free && !mine && !busy && (
        <Button variant="default" onClick={() => void measure(dataset, base.ref, instruction)}>
          Fetch {base.name} and count
        </Button>
      )}
      {mine && status === "counting" && <Loader size="sm" role="status" aria-label="Counting tokens" />}
      {mine && status === "failed" && problem && (
        <ProblemPanel problem={problem} tone="ochre">
          <Button variant="default" onClick={() => void measure(dataset, base.ref, instruction)}>
            Try again
          </Button>
        </ProblemPanel>
      )}
      {drawn && (
        <>
          <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl">
            <OneByOne>
              <Histogram title="Queries" unit="tokens" counts="queries" values={queries} mark={markOf(queries)} />
              <Histogram
                title="Documents"
                unit="tokens"
                counts="documents"
                values={documents}
                mark={markOf(documents)}
              />
            </OneByOne>
          </SimpleGrid>
          <Text size="sm" mt="md">
            {cut === 0
              ? `No document is cut at ${whole(limit)} tokens.`
              : `${percent(cut / documents.length)} of the documents are cut at ${whole(limit)} tokens; the model does not see what comes after. Change the limit on the Train screen, under Advanced.`}
            {texts > queries.length + documents.length &&
              ` Counted on an even sample of at most ${whole(SAMPLE)} texts of each kind.`}
          </Text>
        </>
      )}
    </Panel>
  );
};
