import { Button, Code, Loader, Text } from "@mantine/core";
import { IconMessageCircleOff, IconThumbUp } from "@tabler/icons-react";
import { useEffect } from "react";
import { Link } from "react-router";
import { useFeedback } from "../../../../app/imports/hooks.ts";
import { pick } from "../../../../app/pick.ts";
import { useServer } from "../../../../app/settings/hooks.ts";
import { EmptyState } from "../../../components/EmptyState.tsx";
import { counted } from "../../../components/format.ts";
import { Page } from "../../../components/Page.tsx";
import { ProblemPanel } from "../../../components/ProblemPanel.tsx";
import { ServerToken } from "../../../components/ServerToken.tsx";
import { Entrances } from "../Entrances.tsx";
import { Review } from "../imported/Review.tsx";

const Off = () => (
  <EmptyState icon={IconMessageCircleOff} title="This server keeps no questions">
    Start it with <Code>FEEDBACK_KEEP_TEXT=true</Code> to keep the questions of searches for{" "}
    <Code>FEEDBACK_KEEP_DAYS</Code> days. Then thumbs in the Playground, <Code>POST /api/feedback</Code> from your
    application and agents that report results become pairs here. Whoever searches should know that questions are kept.
  </EmptyState>
);

const Nothing = () => (
  <EmptyState
    icon={IconThumbUp}
    title="Nothing was judged yet"
    action={
      <Button component={Link} to="/playground" variant="default">
        Search in the Playground
      </Button>
    }
  >
    Judge the results of a search in the Playground with a thumb, or send what people say about them to{" "}
    <Code>POST /api/feedback</Code> with the <Code>search_id</Code> of the search.
  </EmptyState>
);

const Taken = ({ days }: { days: number }) => {
  const { status, problem, result, outdated, load, take } = useFeedback(
    pick("status", "problem", "result", "outdated", "load", "take"),
  );
  // What was said meanwhile is wanted each time.
  useEffect(() => void load(), [load]);
  return (
    <>
      <ServerToken />
      {problem && (
        <ProblemPanel problem={problem}>
          <Button variant="default" onClick={() => void load()}>
            Try again
          </Button>
        </ProblemPanel>
      )}
      {status === "loading" && !result && <Loader role="status" aria-label="Asking the server" />}
      {result && result.counts.judged === 0 && <Nothing />}
      {result && result.counts.judged > 0 && <Review result={result} take={take} />}
      {outdated > 0 && (
        <Text size="sm" c="dimmed">
          {counted(outdated, "judgement")} on passages that were changed or removed since{" "}
          {outdated === 1 ? "is" : "are"} not used.
        </Text>
      )}
      <Text size="sm" c="dimmed">
        The server keeps questions for {counted(days, "day")}, then deletes them and what was said about their results.
      </Text>
    </>
  );
};

/** What people and agents said about results of searches becomes pairs. */
export default function UseScreen() {
  const status = useServer((state) => state.status);
  const kept = status?.feedback ?? null;
  return (
    <Page title="Pairs from use" lead="What was said about results of searches on this server, as pairs.">
      <Entrances />
      {status === null && <Loader role="status" aria-label="Asking the server" />}
      {status !== null && (kept?.keepsText ? <Taken days={kept.keepDays} /> : <Off />)}
    </Page>
  );
}
