import { Button, CloseButton, FileButton, Group, Text } from "@mantine/core";
import { LEAST_REAL } from "../../../domain/questions/tellApart.ts";
import type { RealView } from "../../../app/questions/store.ts";
import { useQuestions } from "../../../app/questions/hooks.ts";
import { notifyProblem } from "../../components/notify.ts";
import { counted, whole } from "../../components/format.ts";

/** What people really asked, with the documents that answer it: the honest test of what is written. */
export const RealQuestions = ({ real, onStyle }: { real: RealView | null; onStyle: (style: string[]) => void }) => {
  const takeReal = useQuestions((state) => state.takeReal);
  const take = (file: File | null) =>
    void takeReal(file && { file, name: file.name }).then((style) => style.length > 0 && onStyle(style), notifyProblem);
  return (
    <div>
      <Text size="sm" fw={500}>
        Real questions to test on
      </Text>
      <Text size="sm" c="dimmed">
        A table with a column of questions and one of documents (a file's name, its title, or words of the passage).
        From {LEAST_REAL} on they are the test, and written questions only train: those about other documents, so leave
        documents that no real question is about.
      </Text>
      <Group gap="sm" mt={6}>
        <FileButton accept=".csv,.tsv,.jsonl,.ndjson,.json,.parquet,.txt" onChange={(file) => file && take(file)}>
          {(props) => (
            <Button variant="default" size="compact-sm" {...props}>
              {real ? "Take another file" : "Choose a file"}
            </Button>
          )}
        </FileButton>
        {real && (
          <Group gap="xs" wrap="nowrap">
            <Text size="sm" role="status">
              {wordsOf(real)}
            </Text>
            <CloseButton size="sm" aria-label={`Remove ${real.name}`} onClick={() => take(null)} />
          </Group>
        )}
      </Group>
    </div>
  );
};

const wordsOf = ({ name, questions, named, firstUnnamed, isTest }: RealView): string => {
  const unnamed =
    firstUnnamed === null
      ? ""
      : `; ${whole(questions - named)} name no document that is here, such as “${firstUnnamed}”`;
  const use = isTest
    ? `${whole(named)} are the test, and written questions only train`
    : `${whole(named)} name a document: a test needs ${LEAST_REAL}, so these only show how alike the written ones are`;
  return `${name}: ${counted(questions, "question")}; ${use}${unnamed}.`;
};
