import { Button, Stack, Text } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { useModels } from "../../../app/registry/hooks.ts";
import { runOf } from "../../../app/registry/sameModel.ts";
import { useReadDocuments, useRuns } from "../../../app/runs/hooks.ts";
import { documentsOfRun } from "../../../app/search/documents.ts";
import { useSearch } from "../../../app/search/hooks.ts";
import { toProblem, type Problem } from "../../../domain/errors.ts";
import { counted } from "../../charts/index.ts";
import { ProblemLine } from "../../components/ProblemLine.tsx";

/**
 * From promotion to a search that works, in one click: the documents of the data set go into the index and Playground opens with
 * questions of its test set. Only where this browser has the run.
 */
export const PutToWork = ({ version }: { version: string }) => {
  const list = useModels((state) => state.list);
  const run = useRuns((state) => runOf(version, state.runs, list));
  const read = useReadDocuments();
  const putToWork = useSearch((state) => state.putToWork);
  const navigate = useNavigate();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  if (!run || run.test.documents === 0) return null;
  const go = async () => {
    setBusy(true);
    setProblem(null);
    try {
      const documents = await documentsOfRun(run, read);
      // Playground shows how far the server is, and what it refused.
      void putToWork(documents);
      void navigate(`/playground?run=${run.id}`);
    } catch (thrown) {
      setProblem(toProblem(thrown));
      setBusy(false);
    }
  };
  return (
    <Stack gap={4} align="flex-start">
      <Button loading={busy} leftSection={<IconPlayerPlay size={17} aria-hidden />} onClick={() => void go()}>
        Put it to work
      </Button>
      <Text size="sm" c="dimmed">
        Adds the {counted(run.test.documents, "document")} of {run.dataset.name} to the search index and opens
        Playground with questions to try.
      </Text>
      <ProblemLine problem={problem} />
    </Stack>
  );
};
