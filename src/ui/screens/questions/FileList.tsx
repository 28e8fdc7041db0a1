import { Button, Group, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { pick } from "../../../app/pick.ts";
import { useQuestions } from "../../../app/questions/hooks.ts";
import type { DocumentLine, QuestionsView, RefusedFile } from "../../../app/questions/store.ts";
import { counted } from "../../components/format.ts";
import { LongList } from "../../components/LongList.tsx";

/** So many files are read for the lists: a person looks for a name, not through thousands. */
const SHOWN = 1000;

/** The files that were left out with their reasons, and, when asked for, those that were. */
export const FileList = ({ view }: { view: QuestionsView }) => {
  const { documents, refusedFiles } = useQuestions(pick("documents", "refusedFiles"));
  const [refused, setRefused] = useState<RefusedFile[]>([]);
  const [read, setRead] = useState<DocumentLine[] | null>(null);
  useEffect(() => {
    let current = true;
    refusedFiles(0, SHOWN).then((found) => current && setRefused(found), reportError);
    return () => void (current = false);
  }, [refusedFiles, view.createdAt]);
  const show = () => void documents(0, SHOWN).then(setRead, reportError);
  return (
    <>
      {refused.length > 0 && (
        <div>
          <Text fw={600} mt="md" mb={4}>
            {counted(view.refused, "file")} left out; the others are there.
          </Text>
          <LongList
            label="Files that were left out"
            count={refused.length}
            rowHeight={48}
            maxHeight={260}
            columns="1fr 2fr"
          >
            {(index) => (
              <>
                <Text size="sm" truncate title={refused[index]?.name}>
                  {refused[index]?.name}
                </Text>
                <Text size="sm" c="dimmed" lineClamp={2}>
                  {refused[index]?.problem.message} {refused[index]?.problem.hint}
                </Text>
              </>
            )}
          </LongList>
        </div>
      )}
      <Group mt="sm">
        {read ? (
          <Button variant="subtle" size="compact-sm" onClick={() => setRead(null)}>
            Hide the documents
          </Button>
        ) : (
          <Button variant="subtle" size="compact-sm" onClick={show}>
            Show the documents
          </Button>
        )}
      </Group>
      {read && (
        <LongList label="Documents" count={read.length} rowHeight={36} maxHeight={260} columns="2fr 1fr 2fr">
          {(index) => (
            <>
              <Text size="sm" truncate title={read[index]?.name}>
                {read[index]?.name}
              </Text>
              <Text size="sm" c="dimmed" className="numbers">
                {counted(read[index]?.passages ?? 0, "passage")}
              </Text>
              <Text size="sm" c="dimmed" truncate title={read[index]?.warnings.join(" ")}>
                {read[index]?.warnings.join(" ")}
              </Text>
            </>
          )}
        </LongList>
      )}
    </>
  );
};
