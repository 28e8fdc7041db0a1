import { Anchor, Button, Table, Text } from "@mantine/core";
import type { ModelList } from "../../../domain/api/index.ts";
import { percent, points } from "../../charts/index.ts";
import { moment } from "../../components/format.ts";
import { Panel } from "../../components/Panel.tsx";
import { VersionState } from "./VersionState.tsx";
import { WideTable } from "../../components/WideTable.tsx";

/** All versions, newest first. */
export const Candidates = (props: {
  list: ModelList;
  opened: string | null;
  onOpen: (version: string) => void;
  onPromote: (version: string) => void;
}) => (
  <Panel title="Versions" note={`${props.list.versions.length} registered`}>
    <WideTable label="Versions" minWidth={480} mah={340}>
      <Table className="numbers" aria-label="Versions" stickyHeader>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Version</Table.Th>
            <Table.Th scope="col">State</Table.Th>
            <Table.Th scope="col">recall@10</Table.Th>
            <Table.Th scope="col">Registered</Table.Th>
            <Table.Th scope="col">
              <Text span size="sm" fw="inherit">
                Action
              </Text>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {props.list.versions.map((model) => (
            <Table.Tr key={model.version} aria-current={model.version === props.opened || undefined}>
              <Table.Td>
                <Anchor
                  component="button"
                  type="button"
                  size="sm"
                  ta="left"
                  style={{ whiteSpace: "nowrap" }}
                  onClick={() => props.onOpen(model.version)}
                >
                  {model.version}
                </Anchor>
                <Text size="xs" c="dimmed" lineClamp={1}>
                  {model.name}
                </Text>
              </Table.Td>
              <Table.Td>
                <VersionState state={model.state} />
              </Table.Td>
              <Table.Td>
                {model.headline ? (
                  <>
                    {percent(model.headline.tuned)}{" "}
                    <Text span size="xs" c="dimmed">
                      {points(model.headline.delta)}
                      {model.headline.measuredOn && `, ${model.headline.measuredOn}`}
                    </Text>
                  </>
                ) : (
                  "not scored"
                )}
              </Table.Td>
              <Table.Td>{moment(model.registeredAt)}</Table.Td>
              <Table.Td>
                {(model.state === "candidate" || model.state === "previous") && (
                  <Button
                    size="compact-sm"
                    variant="light"
                    aria-label={`Promote ${model.version}`}
                    onClick={() => props.onPromote(model.version)}
                  >
                    Promote
                  </Button>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </WideTable>
  </Panel>
);
