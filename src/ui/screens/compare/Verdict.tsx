import { Alert, Group, Loader, SegmentedControl, Text } from "@mantine/core";
import { IconScale } from "@tabler/icons-react";
import { measuredOnNote } from "../../../domain/dataset/origin.ts";
import {
  ceilingNote,
  crossingSentence,
  headlineOf,
  mixingSentence,
  rankChanges,
  verdictSentence,
} from "../../../domain/evaluation/index.ts";
import type { Comparison } from "../../../domain/evaluation/types.ts";
import type { WholeRun } from "../../../domain/run/types.ts";
import { percent, whole } from "../../charts/index.ts";
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
  mixing: Compared | undefined;
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
          <SegmentedControl
            size="xs"
            aria-labelledby="verdict-on"
            value={model.id}
            onChange={props.onModel}
            data={models.map(({ id, label }) => ({ value: id, label }))}
            maw="100%"
            style={{ overflowX: "auto" }}
          />
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
      {model.id === main.id && pinned.id === "base" && main.bm25 && (
        <BeyondHybrid compared={props.beyondHybrid} mixing={props.mixing} />
      )}
      {notes.map((note) => (
        <Text key={note} size="sm" fw={550} mt={4}>
          {note}
        </Text>
      ))}
      <Text size="sm" mt={4}>
        {own && `${crossingSentence(rankChanges(pinned.evaluation, model.evaluation))} `}
        {main.bm25 && model.id !== "bm25" && pinned.id !== "bm25" && (
          <>
            <Term of="BM25" /> reaches {percent(main.bm25.metrics["recall@10"])} on recall@10,{" "}
            {beside(model.evaluation.metrics["recall@10"] - main.bm25.metrics["recall@10"])}.{" "}
          </>
        )}
        <Text span size="sm" c="dimmed">
          {whole(queries)} test queries, {whole(corpus)} documents.
        </Text>
      </Text>
    </Alert>
  );
};

/**
 * What tuning adds where search is hybrid, as most search engines are, and whether it should be: the second sentence of a verdict. Its place
 * is kept while it is computed.
 */
const BeyondHybrid = ({ compared, mixing }: { compared: Compared | undefined; mixing: Compared | undefined }) => {
  if (compared?.status === "failed") return null;
  const headline = compared?.status === "done" ? headlineOf(compared.comparisons) : undefined;
  const mixed = mixing?.status === "done" ? headlineOf(mixing.comparisons) : undefined;
  if (!headline || !mixing || mixing.status === "working")
    return (
      <Text mt={4} c="dimmed" mih="4.65em">
        Computing what tuning adds to hybrid search
      </Text>
    );
  return (
    <Text mt={4} mih="4.65em">
      <Term of="hybrid search">Beyond hybrid search</Term>:{" "}
      {afterColon(
        verdictSentence(headline, {
          model: "hybrid search with the tuned model",
          reference: "hybrid search with the baseline",
        }),
      )}
      {mixed && ` ${mixingSentence(mixed) ?? ""}`}
    </Text>
  );
};

const afterColon = (sentence: string): string => sentence.charAt(0).toLowerCase() + sentence.slice(1);

/** How BM25 stands to the model, without a claim beyond the two figures. */
const beside = (lead: number): string =>
  lead > 0 ? "less than this model" : lead < 0 ? "more than this model" : "the same as this model";
