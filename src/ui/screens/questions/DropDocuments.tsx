import { Button, FileButton, Group, Stack, Text, Title } from "@mantine/core";
import { IconFileText, IconFolder } from "@tabler/icons-react";
import { useRef } from "react";
import { DOCUMENT_ENDINGS } from "../../../domain/documents/index.ts";
import { useQuestions } from "../../../app/questions/hooks.ts";
import { notifyProblem } from "../../components/notify.ts";
import classes from "./questions.module.css";

/** Chooses files, or a whole folder with what is in it. */
export const ChooseDocuments = ({ size = "md" }: { size?: "sm" | "md" }) => {
  const offer = useQuestions((state) => state.offer);
  const folder = useRef<HTMLInputElement | null>(null);
  const take = (files: readonly File[]) => {
    const named = files.map((file) => ({ file, name: file.webkitRelativePath || file.name }));
    offer(named).catch(notifyProblem);
  };
  return (
    <Group gap="sm" justify={size === "md" ? "center" : undefined}>
      <FileButton
        multiple
        accept=".txt,.md,.markdown,.html,.htm,.pdf,.docx,.zip,.jsonl,.ndjson,.json,.csv,.tsv,.parquet"
        onChange={(files) => files.length > 0 && take(files)}
      >
        {(props) => (
          <Button
            size={size}
            leftSection={<IconFileText size={18} aria-hidden />}
            variant={size === "md" ? "filled" : "default"}
            {...props}
          >
            Choose documents
          </Button>
        )}
      </FileButton>
      <Button
        size={size}
        variant="default"
        leftSection={<IconFolder size={18} aria-hidden />}
        onClick={() => folder.current?.click()}
      >
        Choose a folder
      </Button>
      <input
        ref={(input) => {
          folder.current = input;
          if (input) input.webkitdirectory = true;
        }}
        type="file"
        hidden
        aria-label="Folder of documents"
        onChange={(event) => {
          take([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = "";
        }}
      />
    </Group>
  );
};

/** Nothing was read yet: what to bring. */
export const DropDocuments = () => (
  <div className={classes.drop}>
    <Stack align="center" gap="md">
      <Title order={2} ta="center">
        Drop documents or a folder anywhere
      </Title>
      <Text c="dimmed" ta="center" maw={560}>
        They are read in this browser and cut into passages, as the server cuts what it searches. Files that end in{" "}
        {DOCUMENT_ENDINGS} are read; a table needs one column of text.
      </Text>
      <ChooseDocuments />
    </Stack>
  </div>
);
