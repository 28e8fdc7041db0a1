import { ActionIcon, ScrollArea, Table, Text, Tooltip } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { toProblem, type Problem } from "../../../domain/errors.ts";
import { useSearch } from "../../../app/search/hooks.ts";
import { counted, whole } from "../../charts/index.ts";
import { moment } from "../../components/format.ts";
import { Panel } from "../../components/Panel.tsx";
import { ProblemPanel } from "../../components/ProblemPanel.tsx";
import { shortened } from "./names.ts";

/** What the index holds. */
export const Documents = () => {
  const documents = useSearch((state) => state.documents);
  const remove = useSearch((state) => state.removeDocument);
  const [problem, setProblem] = useState<Problem | null>(null);
  if (!documents) return null;
  return (
    <Panel title="Documents" note={counted(documents.total, "document")}>
      {problem && <ProblemPanel problem={problem} />}
      <ScrollArea.Autosize mah={420} viewportProps={{ tabIndex: 0, "aria-label": "Documents" }}>
        <Table className="numbers" aria-label="Documents">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Name</Table.Th>
              <Table.Th scope="col">Chunks</Table.Th>
              <Table.Th scope="col" visibleFrom="sm">
                Added
              </Table.Th>
              <Table.Th scope="col">Remove</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {documents.documents.map((document) => {
              const name = shortened(document.title ?? document.source ?? document.id);
              return (
                <Table.Tr key={document.id}>
                  <Table.Td>
                    <Text size="sm" lineClamp={1}>
                      {name}
                    </Text>
                  </Table.Td>
                  <Table.Td>{whole(document.chunks)}</Table.Td>
                  <Table.Td visibleFrom="sm" style={{ whiteSpace: "nowrap" }}>
                    {moment(document.ingestedAt)}
                  </Table.Td>
                  <Table.Td>
                    <Tooltip label="Remove from the index">
                      <ActionIcon
                        variant="subtle"
                        color="brick"
                        aria-label={`Remove ${name}`}
                        onClick={() =>
                          remove(document.id).then(
                            () => setProblem(null),
                            (thrown: unknown) => setProblem(toProblem(thrown)),
                          )
                        }
                      >
                        <IconTrash size={16} />
                      </ActionIcon>
                    </Tooltip>
                  </Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </ScrollArea.Autosize>
      {documents.next !== null && (
        <Text size="xs" c="dimmed" mt="xs">
          The newest {documents.documents.length} of {whole(documents.total)}.
        </Text>
      )}
    </Panel>
  );
};
