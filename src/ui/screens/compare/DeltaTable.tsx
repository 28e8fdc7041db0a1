import { Badge, Table, Text } from "@mantine/core";
import { IconArrowDownRight, IconArrowUpRight, IconEqual } from "@tabler/icons-react";
import type { Comparison } from "../../../domain/evaluation/types.ts";
import { percent, points, pValue } from "../../charts/index.ts";
import { WideTable } from "../../components/WideTable.tsx";

const VERDICTS = {
  improved: { color: "spruce", icon: IconArrowUpRight },
  regressed: { color: "brick", icon: IconArrowDownRight },
  inconclusive: { color: "gray", icon: IconEqual },
};

/** Every metric's change with what the test can and cannot say about it. */
export const DeltaTable = (props: { comparisons: readonly Comparison[]; pinned: string; model: string }) => {
  return (
    <>
      <WideTable label="Every change" minWidth={760}>
        <Table className="numbers" aria-label={`${props.model} against ${props.pinned}`}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Metric</Table.Th>
              <Table.Th scope="col">{props.pinned}</Table.Th>
              <Table.Th scope="col">{props.model}</Table.Th>
              <Table.Th scope="col">Change</Table.Th>
              <Table.Th scope="col">95 % interval</Table.Th>
              <Table.Th scope="col">Chance alone</Table.Th>
              <Table.Th scope="col">Smallest visible change</Table.Th>
              <Table.Th scope="col">Verdict</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {props.comparisons.map(
              ({ metric, baseline, tuned, delta, interval, pValue: p, minimumDetectableEffect, verdict }) => {
                const { color, icon: Icon } = VERDICTS[verdict];
                return (
                  <Table.Tr key={metric}>
                    <Table.Th scope="row" fw={500}>
                      {metric}
                    </Table.Th>
                    <Table.Td>{percent(baseline)}</Table.Td>
                    <Table.Td>{percent(tuned)}</Table.Td>
                    <Table.Td fw={600}>{points(delta)}</Table.Td>
                    <Table.Td>
                      {points(interval[0])} to {points(interval[1])}
                    </Table.Td>
                    <Table.Td>{pValue(p)}</Table.Td>
                    <Table.Td>{points(minimumDetectableEffect).replace("+", "")}</Table.Td>
                    <Table.Td>
                      <Badge variant="light" color={color} leftSection={<Icon size={12} aria-hidden />} tt="none">
                        {verdict}
                      </Badge>
                    </Table.Td>
                  </Table.Tr>
                );
              },
            )}
          </Table.Tbody>
        </Table>
      </WideTable>
      <Text size="sm" c="dimmed" mt="xs">
        Changes are in points of 100. Intervals come from a paired bootstrap over connected groups of queries, p from a
        sign-flip test. The smallest visible change is what this many queries show with 80 % power.
      </Text>
    </>
  );
};
