import { Table, Text } from "@mantine/core";
import { detectableChange, headlineOf } from "../../../../domain/evaluation/index.ts";
import type { Comparison, MetricName } from "../../../../domain/evaluation/types.ts";
import { percent, points, pValue } from "../../../charts/index.ts";
import type { TermName } from "../../../components/glossary.ts";
import { Term } from "../../../components/Term.tsx";
import { WideTable } from "../../../components/WideTable.tsx";
import { VerdictBadge } from "../VerdictBadge.tsx";

const TERMS: Partial<Record<MetricName, TermName>> = { "ndcg@10": "NDCG", "mrr@10": "MRR", "map@100": "MAP" };

/** Every metric's change with what the test can and cannot say about it. */
export const DeltaTable = (props: { comparisons: readonly Comparison[]; pinned: string; model: string }) => {
  const headline = headlineOf(props.comparisons);
  return (
    <>
      <WideTable label="All metrics" minWidth={700}>
        <Table className="numbers" aria-label={`${props.model} against ${props.pinned}`}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Metric</Table.Th>
              <Table.Th scope="col">{props.pinned}</Table.Th>
              <Table.Th scope="col">{props.model}</Table.Th>
              <Table.Th scope="col">Change</Table.Th>
              <Table.Th scope="col">
                <Term of="95 % interval" />
              </Table.Th>
              <Table.Th scope="col">
                <Term of="p-value" />
              </Table.Th>
              <Table.Th scope="col">Verdict</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {props.comparisons.map((comparison) => {
              const { metric, baseline, tuned, delta, interval, pValue: p, verdict } = comparison;
              const term = TERMS[metric];
              return (
                <Table.Tr key={metric}>
                  <Table.Th scope="row" fw={500}>
                    {term ? <Term of={term}>{metric}</Term> : metric}
                  </Table.Th>
                  <Table.Td>{percent(baseline)}</Table.Td>
                  <Table.Td>{percent(tuned)}</Table.Td>
                  <Table.Td fw={verdict === "inconclusive" ? undefined : 600}>{points(delta)}</Table.Td>
                  <Table.Td>
                    {points(interval[0])} to {points(interval[1])}
                  </Table.Td>
                  <Table.Td>{pValue(p)}</Table.Td>
                  <Table.Td>
                    <VerdictBadge comparison={comparison} />
                  </Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </WideTable>
      <Text size="sm" c="dimmed" mt="xs">
        Changes are in percentage points. Intervals come from a paired bootstrap over independent groups of queries,
        p-values from a sign-flip test.
        {headline && (
          <>
            {" "}
            <Term of="smallest detectable change">Smallest detectable change</Term> of recall@10 with these queries:{" "}
            {points(detectableChange(headline), 0).replace("+", "")} points.
          </>
        )}
      </Text>
    </>
  );
};
