import { Alert, Button, FileButton, List, Stack, Tabs, Text } from "@mantine/core";
import { Dropzone } from "@mantine/dropzone";
import { IconFileUpload } from "@tabler/icons-react";
import { useState } from "react";
import { INGEST_FILE_TYPES } from "../../../domain/api/index.ts";
import { useQuestions } from "../../../app/questions/hooks.ts";
import { toProblem, type Problem } from "../../../domain/errors.ts";
import {
  documentsIn,
  isLineFile,
  isPageFile,
  LINE_FILE_TYPES,
  PAGE_FILE_TYPES,
  readLines,
  type ReadDocuments,
} from "../../../app/search/documents.ts";
import { sortFiles, type LeftOut } from "../../../app/search/ingest.ts";
import { useSearch } from "../../../app/search/hooks.ts";
import { counted } from "../../charts/index.ts";
import { Panel } from "../../components/Panel.tsx";
import { ProblemPanel } from "../../components/ProblemPanel.tsx";
import { Paste } from "./Paste.tsx";
import { ReadLines } from "./ReadLines.tsx";

const TYPES = [...INGEST_FILE_TYPES, ...LINE_FILE_TYPES, ...PAGE_FILE_TYPES];

/** Documents into the index: files or pasted text. */
export const Ingest = ({ first }: { first: boolean }) => {
  const ingest = useSearch((state) => state.ingest);
  const sending = useSearch((state) => state.sending);
  const refused = useSearch((state) => state.ingestProblem);
  const texts = useQuestions((state) => state.texts);
  /** Files of lines are shown before they are sent. */
  const [read, setRead] = useState<ReadDocuments[]>([]);
  const [left, setLeft] = useState<LeftOut[]>([]);
  const take = async (files: readonly File[]) => {
    const isRead = (file: File) => isLineFile(file) || isPageFile(file);
    const others = sortFiles(files.filter((file) => !isRead(file)));
    setLeft(others.left);
    const leaveOut = (name: string, { message, hint }: Problem) =>
      setLeft((before) => [...before, { name, reason: `${message} ${hint}` }]);
    const readHere = async (file: File): Promise<ReadDocuments> => {
      if (isLineFile(file)) return readLines(file);
      const { documents, refused: unread } = await texts([{ file, name: file.name }]);
      for (const { name, problem } of unread) leaveOut(name, problem);
      return documentsIn(file.name, documents);
    };
    for (const file of files.filter(isRead))
      try {
        const one = await readHere(file);
        if (one.documents.length > 0) setRead((before) => [...before.filter(({ name }) => name !== one.name), one]);
      } catch (thrown) {
        leaveOut(file.name, toProblem(thrown));
      }
    if (others.taken.length > 0) await ingest({ files: others.taken });
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
        {read.map((one) => (
          <ReadLines
            key={one.name}
            read={one}
            onDone={() => setRead((before) => before.filter((other) => other !== one))}
          />
        ))}
        {left.length > 0 && (
          <Alert
            role="alert"
            color="ochre"
            variant="light"
            title={`${counted(left.length, "file was", "files were")} left out`}
          >
            <List size="sm" spacing={2}>
              {left.map(({ name, reason }) => (
                <List.Item key={name}>
                  {name}: {reason}
                </List.Item>
              ))}
            </List>
          </Alert>
        )}
        {refused && <ProblemPanel problem={refused} kept="Your files and your text are untouched." />}
      </Stack>
    </Panel>
  );
};
