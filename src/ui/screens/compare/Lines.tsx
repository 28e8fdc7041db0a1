import { Table, Text } from "@mantine/core";
import { besideWordsSentence, headlineOf, mixingSentence } from "../../../domain/evaluation/index.ts";
import type { Compared } from "../../../app/comparison/store.ts";
import { percent, points } from "../../charts/index.ts";
import { Term } from "../../components/Term.tsx";
import { WideTable } from "../../components/WideTable.tsx";
import type { ComparisonSet, Shown } from "./useComparisonSet.ts";
import { VerdictBadge } from "./VerdictBadge.tsx";

const HEADS = ["recall@1", "recall@10", "95 % interval", "NDCG@10"];

/** Every way of searching with its own figures, and how it stands to the one that all are measured against. */
export const Lines = ({ set, note }: { set: ComparisonSet; note: string | null }) => (
  <>
    <WideTable label="All lines" minWidth={820}>
      <Table className="numbers" style={{ whiteSpace: "nowrap" }} aria-label={`All lines against ${set.pinned.label}`}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Search by</Table.Th>
            {HEADS.map((name) => (
              <Table.Th key={name} scope="col">
                {name === "95 % interval" ? <Term of="95 % interval" /> : name}
              </Table.Th>
            ))}
            <Table.Th scope="col">recall@10 against {set.pinned.label}</Table.Th>
            <Table.Th scope="col">Verdict</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {[set.pinned, ...set.models].map((shown) => (
            <Line key={shown.id} shown={shown} pinned={shown.id === set.pinned.id} />
          ))}
        </Table.Tbody>
      </Table>
    </WideTable>
    <Notes set={set} />
    {note && (
      <Text size="sm" c="dimmed" mt={6}>
        {note}
      </Text>
    )}
  </>
);

const Line = ({ shown, pinned }: { shown: Shown; pinned: boolean }) => {
  const { metrics } = shown.evaluation;
  const done = shown.compared?.status === "done" ? shown.compared : null;
  const own = done?.intervals["recall@10"];
  const headline = done && headlineOf(done.comparisons);
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={shown.run ? 650 : 500}>
        {shown.label}
      </Table.Th>
      <Table.Td>{percent(metrics["recall@1"])}</Table.Td>
      <Table.Td fw={600}>{percent(metrics["recall@10"])}</Table.Td>
      <Table.Td>{own ? `${percent(own[0])} to ${percent(own[1])}` : "–"}</Table.Td>
      <Table.Td>{percent(metrics["ndcg@10"])}</Table.Td>
      <Table.Td fw={headline && headline.verdict !== "inconclusive" ? 600 : undefined}>
        {headline
          ? `${points(headline.delta)} (${points(headline.interval[0])} to ${points(headline.interval[1])})`
          : "–"}
      </Table.Td>
      <Table.Td>{pinned ? "" : headline ? <VerdictBadge comparison={headline} /> : "–"}</Table.Td>
    </Table.Tr>
  );
};

/** What the table does not say because its lines are measured against another one. */
const Notes = ({ set }: { set: ComparisonSet }) => {
  const found = (compared: Compared | undefined) =>
    compared?.status === "done" ? headlineOf(compared.comparisons) : undefined;
  const [words, mixed] = [found(set.besideWords), found(set.mixing)];
  const notes = [words && besideWordsSentence(words, "the tuned model"), mixed && mixingSentence(mixed)];
  return notes.map(
    (note) =>
      note && (
        <Text key={note} size="sm" mt={6}>
          {note}
        </Text>
      ),
  );
};
