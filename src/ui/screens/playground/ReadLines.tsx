import { Button, Group, List, Stack, Text } from "@mantine/core";
import { useSearch } from "../../../app/search/hooks.ts";
import type { ReadDocuments } from "../../../app/search/documents.ts";
import { counted } from "../../charts/index.ts";

/** Bad lines that are named; more would bury the button. */
const NAMED = 5;

/** What a file of lines holds, before it is sent: nothing is left out without being said. */
export const ReadLines = ({ read, onDone }: { read: ReadDocuments; onDone: () => void }) => {
  const ingest = useSearch((state) => state.ingest);
  const sending = useSearch((state) => state.sending);
  const { name, documents, badLines } = read;
  return (
    <Stack gap="xs" role="group" aria-label={name}>
      <Text size="sm">
        {name}: {counted(documents.length, "document")}
        {badLines.length > 0 && `, ${counted(badLines.length, "line")} without one`}.
      </Text>
      {badLines.length > 0 && (
        <List size="sm" spacing={2}>
          {badLines.slice(0, NAMED).map(({ line, reason }) => (
            <List.Item key={line}>
              Line {line}: {reason}
            </List.Item>
          ))}
          {badLines.length > NAMED && <List.Item>and {badLines.length - NAMED} more</List.Item>}
        </List>
      )}
      <Group gap="sm">
        <Button
          size="xs"
          loading={sending}
          onClick={() => {
            onDone();
            void ingest({ documents });
          }}
        >
          Add {counted(documents.length, "document")}
          {badLines.length > 0 && `, leave out ${counted(badLines.length, "line")}`}
        </Button>
        <Button size="xs" variant="default" onClick={onDone}>
          Cancel
        </Button>
      </Group>
    </Stack>
  );
};
