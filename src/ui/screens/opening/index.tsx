import { Anchor, Button, Group, Stack, Text, Title } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { Link } from "react-router";
import { useDatasets } from "../../../app/datasets/hooks.ts";
import { useLiveRun, useRuns } from "../../../app/runs/hooks.ts";
import { roughDuration, whole } from "../../components/format.ts";
import { Page } from "../../components/Page.tsx";
import { ProblemPanel } from "../../components/ProblemPanel.tsx";
import { SAMPLE_PAIRS } from "../data/fileTypes.ts";
import { Example } from "./Example.tsx";
import classes from "./opening.module.css";
import { useFinishedRun } from "./useFinishedRun.ts";
import { useSampleSeconds } from "./useSampleSeconds.ts";
import { useTrainOnSample } from "./useTrainOnSample.ts";

const STEPS: readonly [path: string, title: string, about: string][] = [
  ["/data", "Data", "Drop pairs or documents; bad lines are shown, nothing is dropped silently."],
  ["/train", "Train", "A small adapter learns on this computer, in minutes."],
  ["/compare", "Compare", "See what it gained on questions it never saw."],
  ["/inspect", "Inspect", "Look at single questions, before and after."],
  ["/models", "Models", "Put a model into production, or roll it back."],
  ["/playground", "Playground", "Search your documents with it."],
];

const WAYS: readonly [path: string, title: string, about: string][] = [
  ["/data", "You have pairs", "Drop a file of questions and the documents that answer them, anywhere on this page."],
  [
    "/data/documents",
    "You have documents",
    "Have questions written about them, and train on those: no labeled pairs are needed.",
  ],
  ["/models", "You have a model", "See its versions, how each was judged, and how to use it from your code."],
];

/** The first minute: what tuning does, on one real question, and the two ways to begin. */
export default function OpeningScreen() {
  const finished = useFinishedRun();
  const { train, busy, problem } = useTrainOnSample();
  const seconds = useSampleSeconds();
  const trouble = problem ?? finished.problem;
  const training = useLiveRun((state) => state.live !== null || state.elsewhere !== null);
  const current = useDatasets((state) => state.list[0] ?? null);
  const newest = useRuns((state) => state.runs[0] ?? null);
  return (
    <Page
      title="Teach search your own words"
      lead="A search model knows general English, not the words of your customers and your product. Show it pairs of a question and its answer; it learns on this computer, and training uploads nothing."
    >
      {finished.opening && <Example run={finished.opening} />}
      <Group gap="sm">
        <Button size="md" variant="default" loading={finished.busy} onClick={finished.see}>
          See a finished run
        </Button>
        <Button
          size="md"
          className={classes.train}
          leftSection={<IconPlayerPlay size={18} aria-hidden />}
          loading={busy}
          disabled={training}
          onClick={train}
        >
          Train on the sample
          {seconds !== null && ` (≈ ${roughDuration(seconds)} on this computer)`}
        </Button>
        <Text size="sm" c="dimmed" maw={420}>
          {whole(SAMPLE_PAIRS)} pairs from the help center of an invented robot fleet.
        </Text>
      </Group>
      {trouble && <ProblemPanel problem={trouble} />}
      {(current ?? newest) && (
        <Text>
          Continue with{" "}
          {current && (
            <Anchor component={Link} to="/data">
              {current.name}
            </Anchor>
          )}
          {current && newest && " or "}
          {newest && (
            <Anchor component={Link} to={`/train?run=${newest.id}`}>
              {newest.name}
            </Anchor>
          )}
          .
        </Text>
      )}
      <section aria-labelledby="way">
        <Title order={2} id="way" mb="sm">
          The way in six steps
        </Title>
        <ol className={classes.steps}>
          {STEPS.map(([path, title, about]) => (
            <li key={path} className={classes.step}>
              <Anchor component={Link} to={path} fw={600} display="block">
                {title}
              </Anchor>
              <Text size="sm" c="dimmed">
                {about}
              </Text>
            </li>
          ))}
        </ol>
      </section>
      <section aria-labelledby="ways">
        <Title order={2} id="ways" mb="sm">
          Begin with what you have
        </Title>
        <div className={classes.ways}>
          {WAYS.map(([path, title, about]) => (
            <Stack key={path} gap={2}>
              <Anchor component={Link} to={path} fw={600}>
                {title}
              </Anchor>
              <Text size="sm" c="dimmed">
                {about}
              </Text>
            </Stack>
          ))}
        </div>
      </section>
    </Page>
  );
}
