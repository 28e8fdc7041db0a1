import { ScrollArea, Table, Text } from "@mantine/core";
import { useMemo } from "react";
import { rowsOf, type StoredDataset } from "../../../app/datasets/store.ts";
import { at } from "../../../domain/present.ts";
import { Panel } from "../../components/Panel.tsx";
import { counted } from "../../components/format.ts";

const SHOWN = 6;
const CUT = 220;
const cut = (text: string): string => (text.length > CUT ? `${text.slice(0, CUT).trimEnd()}…` : text);

/** The first rows as they will be learnt. */
export const Preview = ({ dataset }: { dataset: StoredDataset }) => {
  const { rows, negatives } = useMemo(() => {
    const all = rowsOf(dataset).rows;
    return { rows: all, negatives: all.some((row) => row.negatives.length > 0) };
  }, [dataset]);
  if (rows.length === 0) return null;
  return (
    <Panel title="Preview" note={`the first ${Math.min(SHOWN, rows.length)} of ${counted(rows.length, "row")}`}>
      <ScrollArea type="auto" viewportProps={{ tabIndex: 0, role: "region", "aria-label": "Preview" }}>
        <Table miw={640} fz="sm" verticalSpacing="sm" layout="fixed">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col" w={64}>
                Line
              </Table.Th>
              <Table.Th scope="col" w="30%">
                Query
              </Table.Th>
              <Table.Th scope="col">Document</Table.Th>
              {negatives && (
                <Table.Th scope="col" w="25%">
                  Hard negatives
                </Table.Th>
              )}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.slice(0, SHOWN).map((row) => (
              <Table.Tr key={row.line} style={{ verticalAlign: "top" }}>
                <Table.Td c="dimmed">{row.line}</Table.Td>
                <Table.Td>{cut(row.query)}</Table.Td>
                <Table.Td>
                  {cut(at(row.positives, 0))}
                  {row.positives.length > 1 && (
                    <Text size="xs" c="dimmed">
                      and {counted(row.positives.length - 1, "more document")}
                    </Text>
                  )}
                </Table.Td>
                {negatives && (
                  <Table.Td>
                    {row.negatives[0] && cut(row.negatives[0])}
                    {row.negatives.length > 1 && (
                      <Text size="xs" c="dimmed">
                        and {row.negatives.length - 1} more
                      </Text>
                    )}
                  </Table.Td>
                )}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollArea>
    </Panel>
  );
};
