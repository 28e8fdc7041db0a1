import { Button, FileButton, Stack, Tabs, Text } from "@mantine/core";
import { Dropzone } from "@mantine/dropzone";
import { IconFileUpload } from "@tabler/icons-react";
import { useState } from "react";
import { INGEST_FILE_TYPES } from "../../../domain/api/index.ts";
import { toProblem, type Problem } from "../../../domain/errors.ts";
import { isLineFile, LINE_FILE_TYPES, readLines, type ReadDocuments } from "../../../app/search/documents.ts";
import { useSearch } from "../../../app/search/hooks.ts";
import { Panel } from "../../components/Panel.tsx";
import { ProblemPanel } from "../../components/ProblemPanel.tsx";
import { Paste } from "./Paste.tsx";
import { ReadLines } from "./ReadLines.tsx";

const TYPES = [...INGEST_FILE_TYPES, ...LINE_FILE_TYPES];

/** Documents into the index: files or pasted text. */
export const Ingest = ({ first }: { first: boolean }) => {
  const ingest = useSearch((state) => state.ingest);
  const sending = useSearch((state) => state.sending);
  const refused = useSearch((state) => state.ingestProblem);
  const [read, setRead] = useState<ReadDocuments | null>(null);
  const [unread, setUnread] = useState<Problem | null>(null);
  const problem = unread ?? refused;
  const take = async (files: readonly File[]) => {
    setUnread(null);
    try {
      // Files of lines are shown before they are sent; of several, one after the other.
      const [lines] = files.filter(isLineFile);
      if (lines) setRead(await readLines(lines));
      const others = files.filter((file) => file !== lines);
      if (others.length) await ingest({ files: others });
    } catch (thrown) {
      setUnread(toProblem(thrown));
    }
  };
  return (
    <Panel title={first ? "Add your documents" : "Add documents"}>
      <Stack gap="md">
        {first && (
          <Text c="dimmed">
            Add the pages that people search: manuals, tickets, notes. The server cuts them into chunks, embeds them and
            keeps them. The same text is stored once.
          </Text>
        )}
        <Tabs defaultValue="files" keepMounted={false}>
          <Tabs.List mb="sm">
            <Tabs.Tab value="files">Files</Tabs.Tab>
            <Tabs.Tab value="paste">Paste</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="files">
            <Dropzone
              onDrop={(files) => void take(files)}
              activateOnClick={false}
              loading={sending}
              styles={{ inner: { pointerEvents: "all" } }}
              inputProps={{ "aria-label": "Documents", tabIndex: -1 }}
            >
              <Stack align="center" gap="xs" py="lg">
                <IconFileUpload size={32} stroke={1.5} aria-hidden />
                <Text ta="center">Drop documents here</Text>
                <Text size="sm" c="dimmed" ta="center">
                  {TYPES.join(" ")}
                </Text>
                <FileButton multiple accept={TYPES.join(",")} onChange={(files) => files.length && void take(files)}>
                  {(button) => (
                    <Button {...button} variant="light" disabled={sending}>
                      Choose files
                    </Button>
                  )}
                </FileButton>
              </Stack>
            </Dropzone>
          </Tabs.Panel>
          <Tabs.Panel value="paste">
            <Paste />
          </Tabs.Panel>
        </Tabs>
        {read && <ReadLines read={read} onDone={() => setRead(null)} />}
        {problem && <ProblemPanel problem={problem} kept="Your files and your text are untouched." />}
      </Stack>
    </Panel>
  );
};
