import { Button, SimpleGrid, Skeleton, Stack, Text } from "@mantine/core";
import { IconMessageSearch } from "@tabler/icons-react";
import { useEffect } from "react";
import { useSearch } from "../../../app/search/hooks.ts";
import { useServer } from "../../../app/settings/hooks.ts";
import { EmptyState } from "../../components/EmptyState.tsx";
import { counted } from "../../components/format.ts";
import { Page } from "../../components/Page.tsx";
import { ProblemPanel } from "../../components/ProblemPanel.tsx";
import { ServerToken } from "../../components/ServerToken.tsx";
import { Answers } from "./Answers.tsx";
import { Documents } from "./Documents.tsx";
import { Ingest } from "./Ingest.tsx";
import { Jobs } from "./Jobs.tsx";
import { Judged } from "./Judged.tsx";
import { SearchForm } from "./SearchForm.tsx";

/** Documents in, answers out: the models at work on the person's own text. */
export default function PlaygroundScreen() {
  const { status, problem, index, asked, refresh } = useSearch((state) => state);
  const kept = useServer((state) => state.status?.feedback);
  useEffect(() => void refresh(), [refresh]);
  const absent = problem?.code === "not-offered";
  const empty = index !== null && index.documents === 0;
  return (
    <Page
      title="Playground"
      lead="Search your own documents with the baseline and the model in production, side by side."
    >
      {status === "loading" && <Skeleton height={240} radius="md" aria-label="Asking the server" />}
      {absent && (
        <EmptyState
          icon={IconMessageSearch}
          title="Search is not available on this server"
          action={
            <Button variant="default" onClick={() => void refresh()}>
              Ask again
            </Button>
          }
        >
          This server stores models, but no documents. Compare and Inspect show the same models on your test queries.
        </EmptyState>
      )}
      {problem && !absent && (
        <ProblemPanel problem={problem}>
          <Button size="xs" variant="default" onClick={() => void refresh()}>
            Try again
          </Button>
        </ProblemPanel>
      )}
      {index && !absent && (
        <Stack gap="lg">
          <ServerToken />
          {!empty && <SearchForm index={index} />}
          {kept?.keepsText && (
            <Text size="sm" c="dimmed">
              This server keeps the questions of searches for {counted(kept.keepDays, "day")}, so that thumbs become
              pairs in Data, From use. Questions that are embedded in this page stay in it.
            </Text>
          )}
          {!empty && asked && <Answers />}
          <Judged />
          <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg">
            <Ingest first={empty} />
            <Stack gap="lg">
              <Jobs />
              {!empty && <Documents />}
            </Stack>
          </SimpleGrid>
        </Stack>
      )}
    </Page>
  );
}
