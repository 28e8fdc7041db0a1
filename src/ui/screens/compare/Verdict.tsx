import { Alert, Group, Loader, NativeSelect, SegmentedControl, Text, useMatches } from "@mantine/core";
import { IconScale } from "@tabler/icons-react";
import { measuredOnNote } from "../../../domain/dataset/origin.ts";
import { ceilingNote, headlineOf, verdictSentence } from "../../../domain/evaluation/index.ts";
import type { Comparison } from "../../../domain/evaluation/types.ts";
import type { WholeRun } from "../../../domain/run/types.ts";
import { whole } from "../../charts/index.ts";
import { Term } from "../../components/Term.tsx";
import type { Compared } from "../../../app/comparison/store.ts";
import type { Shown } from "./useComparisonSet.ts";

const COLORS = { improved: "spruce", regressed: "brick", inconclusive: "gray" };

/** The verdict on one model in a sentence, and which model it is about. */
export const Verdict = (props: {
  main: WholeRun;
  pinned: Shown;
  model: Shown;
  models: readonly Shown[];
  comparisons: readonly Comparison[];
  beyondHybrid: Compared | undefined;
  onModel: (id: string) => void;
}) => {
  const { main, pinned, model, models } = props;
  const headline = headlineOf(props.comparisons);
  // A run against its own base has changed; anything else are two systems side by side.
  const own = pinned.id === "base" && model.run !== null;
  const names = own ? undefined : { model: model.label, reference: pinned.label };
  const { queries, corpus, measuredOn } = model.evaluation;
  const notes = [measuredOnNote(measuredOn), ceilingNote(corpus)].filter((note) => note !== null);
  return (
    <Alert
      variant="light"
      color={headline && model.run ? COLORS[headline.verdict] : "gray"}
      icon={<IconScale aria-hidden />}
      py="sm"
      styles={{ body: { minWidth: 0 } }}
    >
      {models.length > 1 && (
        <Group gap="xs" mb={6}>
          <Text size="sm" id="verdict-on">
            Verdict on
          </Text>
          <WhichModel models={models} value={model.id} onChange={props.onModel} />
        </Group>
      )}
      {headline ? (
        <Text size="lg" fw={550} lh={1.4}>
          {verdictSentence(headline, names)}
        </Text>
      ) : model.compared?.status === "failed" ? (
        <Text>
          {model.compared.problem.message} {model.compared.problem.hint}
        </Text>
      ) : (
        <Group gap="sm">
          <Loader size="xs" />
          <Text>Computing intervals and the verdict</Text>
        </Group>
      )}
      {model.id === main.id && pinned.id === "base" && main.bm25 && <BeyondHybrid compared={props.beyondHybrid} />}
      {notes.map((note) => (
        <Text key={note} size="sm" fw={550} mt={4}>
          {note}
        </Text>
      ))}
      <Text size="sm" mt={4} c="dimmed">
        {whole(queries)} test queries, {whole(corpus)} documents.
      </Text>
    </Alert>
  );
};

/** Side by side where there is room for it; a list to choose from on a phone, where names would be cut. */
const WhichModel = (props: { models: readonly Shown[]; value: string; onChange: (id: string) => void }) => {
  const wide = useMatches({ base: false, sm: true });
  const shared = {
    size: "xs",
    "aria-labelledby": "verdict-on",
    value: props.value,
    data: props.models.map(({ id, label }) => ({ value: id, label })),
  };
  return wide ? (
    <SegmentedControl {...shared} onChange={props.onChange} maw="100%" style={{ overflowX: "auto" }} />
  ) : (
    <NativeSelect {...shared} onChange={(event) => props.onChange(event.currentTarget.value)} />
  );
};

/** What tuning adds where search is hybrid, as most search engines are: the second sentence of a verdict. Its place is kept while it is computed. */
const BeyondHybrid = ({ compared }: { compared: Compared | undefined }) => {
  if (compared?.status === "failed") return null;
  const headline = compared?.status === "done" ? headlineOf(compared.comparisons) : undefined;
  if (!headline)
    return (
      <Text mt={4} c="dimmed" mih="3.1em">
        Computing what tuning adds to hybrid search
      </Text>
    );
  return (
    <Text mt={4} mih="3.1em">
      <Term of="hybrid search">Beyond hybrid search</Term>:{" "}
      {afterColon(
        verdictSentence(headline, {
          model: "hybrid search with the tuned model",
          reference: "hybrid search with the baseline",
        }),
      )}
    </Text>
  );
};

const afterColon = (sentence: string): string => sentence.charAt(0).toLowerCase() + sentence.slice(1);
