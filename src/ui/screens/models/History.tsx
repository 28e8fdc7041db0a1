import { Button, Table, Text } from "@mantine/core";
import { useState } from "react";
import type { RegistryEvent } from "../../../domain/api/index.ts";
import { toProblem, type Problem } from "../../../domain/errors.ts";
import { useModels } from "../../../app/registry/hooks.ts";
import { moment } from "../../components/format.ts";
import { checkName } from "./checkNames.ts";
import { ColumnHeads } from "../../components/ColumnHeads.tsx";
import { ProblemPanel } from "../../components/ProblemPanel.tsx";
import { WideTable } from "../../components/WideTable.tsx";

const WORDS: Record<RegistryEvent["type"], string> = {
  registered: "registered",
  promoted: "promoted",
  "rolled-back": "rolled back",
  archived: "archived",
  restored: "restored",
  deleted: "deleted",
};

/** The registry's event log: who, when, from what to what, why. */
export const History = () => {
  const events = useModels((state) => state.events);
  const next = useModels((state) => state.nextEvents);
  const loadMore = useModels((state) => state.loadMoreEvents);
  const [problem, setProblem] = useState<Problem | null>(null);
  return (
    <>
      <WideTable label="History" minWidth={640}>
        <Table className="numbers" aria-label="History">
          <ColumnHeads names={["When", "What", "Reason", "By", "Evidence"]} />
          <Table.Tbody>
            {events.map((event) => (
              <Table.Tr key={event.seq}>
                <Table.Td>
                  <time dateTime={event.at}>{moment(event.at)}</time>
                </Table.Td>
                <Table.Td>
                  {event.type === "promoted" || event.type === "rolled-back"
                    ? `${event.from ?? "baseline"} → ${event.to ?? "baseline"}, ${WORDS[event.type]}`
                    : `${event.version} ${WORDS[event.type]}`}
                </Table.Td>
                <Table.Td maw={360}>
                  {event.reason}
                  {event.overridden.length > 0 && (
                    <Text size="xs" c="var(--bad)">
                      overrode: {event.overridden.map((code) => checkName(code).toLowerCase()).join(", ")}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td>{event.by}</Table.Td>
                <Table.Td className="mono">{event.evidenceHash?.slice(0, 8) ?? "–"}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </WideTable>
      {problem && <ProblemPanel problem={problem} />}
      {next !== null && (
        <Button
          mt="sm"
          size="xs"
          variant="default"
          onClick={() =>
            loadMore().then(
              () => setProblem(null),
              (thrown: unknown) => setProblem(toProblem(thrown)),
            )
          }
        >
          Older
        </Button>
      )}
    </>
  );
};
