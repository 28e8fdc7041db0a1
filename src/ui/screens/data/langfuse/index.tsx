import { Button, Code, Loader, Text } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { useEffect } from "react";
import { useLangfuseImport } from "../../../../app/imports/hooks.ts";
import { pick } from "../../../../app/pick.ts";
import { useServer } from "../../../../app/settings/hooks.ts";
import { answeredWords } from "../../../../domain/langfuse/answered.ts";
import { EmptyState } from "../../../components/EmptyState.tsx";
import { Page } from "../../../components/Page.tsx";
import { ProblemPanel } from "../../../components/ProblemPanel.tsx";
import { ServerToken } from "../../../components/ServerToken.tsx";
import { Entrances } from "../Entrances.tsx";
import { Review } from "../imported/Review.tsx";
import { Choose } from "./Choose.tsx";
import { Look } from "./Look.tsx";
import { Progress } from "./Progress.tsx";

const NotConnected = () => (
  <EmptyState icon={IconPlugConnectedX} title="The server has no keys for Langfuse">
    With them, retrievals that people or evaluators judged in your traces become pairs: good ones as right answers, bad
    ones as hard negatives. Set <Code>LANGFUSE_PUBLIC_KEY</Code> and <Code>LANGFUSE_SECRET_KEY</Code>, and{" "}
    <Code>LANGFUSE_BASE_URL</Code> for a Langfuse of your own, then start the server again. The keys stay on the server;
    Langfuse makes them in the settings of a project, under API Keys. A retrieval is an observation of type RETRIEVER
    with a score on it or on its trace; a data set of questions and expected documents will do as well.
    docs/langfuse-pairs.md tells what is read, and how to do the same on the command line.
  </EmptyState>
);

const Connected = () => {
  const { listing, load, problem, result, take, answered, broken } = useLangfuseImport(
    pick("listing", "load", "problem", "result", "take", "answered", "broken"),
  );
  useEffect(() => {
    if (listing === "idle") void load();
  }, [listing, load]);
  const answer = answered && answeredWords(answered);
  return (
    <>
      <ServerToken />
      {problem && (
        <ProblemPanel problem={problem} kept={broken ? "What was read so far is kept." : undefined}>
          {listing === "failed" && (
            <Button variant="default" onClick={() => void load()}>
              Try again
            </Button>
          )}
        </ProblemPanel>
      )}
      {listing === "loading" && <Loader role="status" aria-label="Asking Langfuse" />}
      {listing === "ready" && <Choose />}
      <Look />
      <Progress />
      {result && <Review result={result} take={take} />}
      {answer && (
        <Text size="sm" c="dimmed">
          {answer}
        </Text>
      )}
    </>
  );
};

/** Judged retrievals and data sets of a Langfuse project become pairs: choose, look, read, take. */
export default function LangfuseScreen() {
  const status = useServer((state) => state.status);
  const known = status?.langfuse ?? null;
  return (
    <Page
      title="Pairs from Langfuse"
      lead="What was judged in your traces, read from Langfuse by the server with its own keys. Nothing is written there."
    >
      <Entrances />
      {status === null && <Loader role="status" aria-label="Asking the server" />}
      {status !== null && (known?.connected ? <Connected /> : <NotConnected />)}
    </Page>
  );
}
