import { Button, Group, Stack, Textarea } from "@mantine/core";
import { useDeferredValue, useMemo, useState } from "react";
import { documentsFromText, isJsonl, readLines, type ReadDocuments } from "../../../app/search/documents.ts";
import { useSearch } from "../../../app/search/hooks.ts";
import { toProblem, type Problem } from "../../../domain/errors.ts";
import { counted } from "../../charts/index.ts";
import { ProblemPanel } from "../../components/ProblemPanel.tsx";
import { ReadLines } from "./ReadLines.tsx";

/**
 * Pasted text as documents, or JSONL with a text column. The box keeps its height: measuring thousands of pasted documents at every
 * key would freeze the page.
 */
export const Paste = () => {
  const ingest = useSearch((state) => state.ingest);
  const sending = useSearch((state) => state.sending);
  const [text, setText] = useState("");
  const [read, setRead] = useState<ReadDocuments | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const settled = useDeferredValue(text);
  const lines = useMemo(() => isJsonl(settled), [settled]);
  const documents = useMemo(() => (lines ? [] : documentsFromText(settled)), [lines, settled]);
  const look = () =>
    readLines(new File([text], "pasted.jsonl")).then(
      (found) => {
        setProblem(null);
        setRead(found);
      },
      (thrown: unknown) => setProblem(toProblem(thrown)),
    );
  return (
    <Stack gap="sm">
      <Textarea
        label="Text"
        description="A line of three dashes starts another document. JSONL with a text column works too."
        rows={9}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setRead(null);
        }}
      />
      {read ? (
        <ReadLines
          read={read}
          onDone={() => {
            setRead(null);
            setText("");
          }}
        />
      ) : (
        <Group>
          <Button
            loading={sending || settled !== text}
            disabled={!lines && documents.length === 0}
            onClick={() => void (lines ? look() : ingest({ documents }).then((taken) => taken && setText("")))}
          >
            {lines
              ? "Read the lines"
              : documents.length > 1
                ? `Add ${counted(documents.length, "document")}`
                : "Add the document"}
          </Button>
        </Group>
      )}
      {problem && <ProblemPanel problem={problem} />}
    </Stack>
  );
};
