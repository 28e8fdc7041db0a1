import { Button, FileButton, Group, Stack, Tabs, Text, Textarea } from "@mantine/core";
import { Dropzone } from "@mantine/dropzone";
import { IconFileUpload } from "@tabler/icons-react";
import { useState } from "react";
import { INGEST_FILE_TYPES } from "../../../domain/api/index.ts";
import { useSearch } from "../../../app/search/hooks.ts";
import { documentsFrom } from "../../../app/search/store.ts";
import { counted } from "../../charts/index.ts";
import { Panel } from "../../components/Panel.tsx";
import { ProblemPanel } from "../../components/ProblemPanel.tsx";

/** Documents into the index: files or pasted text. */
export const Ingest = ({ first }: { first: boolean }) => {
  const ingest = useSearch((state) => state.ingest);
  const sending = useSearch((state) => state.sending);
  const problem = useSearch((state) => state.ingestProblem);
  const [text, setText] = useState("");
  const documents = documentsFrom(text);
  return (
    <Panel title={first ? "Start with your documents" : "Add documents"}>
      <Stack gap="md">
        {first && (
          <Text c="dimmed">
            A search needs something to find. Give the server the pages your people search: manuals, tickets, notes.
            They are cut into chunks, embedded with each model, and kept on your server. The same text is never stored
            twice.
          </Text>
        )}
        <Tabs defaultValue="files" keepMounted={false}>
          <Tabs.List mb="sm">
            <Tabs.Tab value="files">Files</Tabs.Tab>
            <Tabs.Tab value="paste">Paste</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="files">
            <Dropzone
              onDrop={(files) => void ingest({ files })}
              activateOnClick={false}
              loading={sending}
              styles={{ inner: { pointerEvents: "all" } }}
              inputProps={{ "aria-label": "Documents", tabIndex: -1 }}
            >
              <Stack align="center" gap="xs" py="lg">
                <IconFileUpload size={32} stroke={1.5} aria-hidden />
                <Text ta="center">Drop documents here</Text>
                <Text size="sm" c="dimmed" ta="center">
                  {INGEST_FILE_TYPES.join(" ")}
                </Text>
                <FileButton
                  multiple
                  accept={INGEST_FILE_TYPES.join(",")}
                  onChange={(files) => files.length && void ingest({ files })}
                >
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
            <Textarea
              label="Text"
              description="A line of three dashes starts another document."
              autosize
              minRows={6}
              maxRows={16}
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
            />
            <Group mt="sm">
              <Button
                loading={sending}
                disabled={documents.length === 0}
                onClick={() => void ingest({ documents }).then((taken) => taken && setText(""))}
              >
                {documents.length > 1 ? `Add ${counted(documents.length, "document")}` : "Add the document"}
              </Button>
            </Group>
          </Tabs.Panel>
        </Tabs>
        {problem && <ProblemPanel problem={problem} kept="Your files and your text are untouched." />}
      </Stack>
    </Panel>
  );
};
