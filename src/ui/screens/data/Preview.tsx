import { ScrollArea, Table, Text } from "@mantine/core";
import type { DatasetView } from "../../../app/datasets/store.ts";
import { counted } from "../../components/format.ts";
import { Panel } from "../../components/Panel.tsx";

/** The first rows as they will be learnt. */
export const Preview = ({ dataset }: { dataset: DatasetView }) => {
  const { preview, hasNegatives, summary } = dataset;
  if (preview.length === 0) return null;
  return (
    <Panel title="Preview" note={`the first ${preview.length} of ${counted(summary.rows, "row")}`}>
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
              {hasNegatives && (
                <Table.Th scope="col" w="25%">
                  Hard negatives
                </Table.Th>
              )}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {preview.map((row) => (
              <Table.Tr key={row.line} style={{ verticalAlign: "top" }}>
                <Table.Td c="dimmed">{row.line}</Table.Td>
                <Table.Td>{row.query}</Table.Td>
                <Table.Td>
                  {row.positive}
                  {row.morePositives > 0 && (
                    <Text size="xs" c="dimmed">
                      and {counted(row.morePositives, "more document")}
                    </Text>
                  )}
                </Table.Td>
                {hasNegatives && (
                  <Table.Td>
                    {row.negative}
                    {row.moreNegatives > 0 && (
                      <Text size="xs" c="dimmed">
                        and {row.moreNegatives} more
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
