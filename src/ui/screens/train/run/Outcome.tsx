import { Anchor, Button, Group, Stack, Text } from "@mantine/core";
import { IconChartHistogram, IconDownload } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import { useLiveRun } from "../../../../app/runs/hooks.ts";
import { measuredOnNote } from "../../../../domain/dataset/origin.ts";
import { toProblem, type Problem } from "../../../../domain/errors.ts";
import { ceilingNote, headlineOf, verdictSentence } from "../../../../domain/evaluation/index.ts";
import type { RunRecord, WholeRun } from "../../../../domain/run/types.ts";
import { earlyStopSentence } from "../../../../domain/training/earlyStop.ts";
import { Panel } from "../../../components/Panel.tsx";
import { WithRunContents } from "../../../components/WithRunContents.tsx";
import { AgainstBm25 } from "./AgainstBm25.tsx";
import { found } from "./found.ts";
import classes from "./run.module.css";
import { ProblemPanel } from "../../../components/ProblemPanel.tsx";
import { bytes, capitalized } from "../../../components/format.ts";

/** Results: the verdict in a sentence, the artifact, and where to look next. */
export const Outcome = ({ run }: { run: RunRecord }) => {
  const download = useLiveRun((state) => state.downloadArtifact);
  const [refused, setRefused] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  if (!run.tuned || !run.baseline) return null;
  const comparison = headlineOf(run.comparisons);
  const ceiling = ceilingNote(run.tuned.corpus);
  const notes = [measuredOnNote(run.tuned.measuredOn), ceiling].filter((note) => note !== null);
  const best = run.dev.best;
  /** Of the model's files; nothing is said of them before they are written, nor of a step where none beat the base. */
  const made = [
    best && `the model of step ${best.step} was kept, the best on dev by NDCG@10`,
    run.artifact &&
      `the model file holds ${run.artifact.files} files (${bytes(run.artifact.bytes)}) and was loaded back and checked`,
  ].filter((part) => part !== null);
  return (
    <Panel title="Results">
      <Stack gap="sm">
        <WithRunContents run={run}>{(whole) => <InQuestions run={whole} />}</WithRunContents>
        {comparison && <Text>{verdictSentence(comparison)}</Text>}
        {notes.map((note) => (
          <Text key={note} fw={550}>
            {note}
          </Text>
        ))}
        {ceiling === null && <AgainstBm25 run={run} />}
        {run.earlyStop && (
          <Text size="sm" c="dimmed">
            {earlyStopSentence(run.earlyStop)}
          </Text>
        )}
        {made.length > 0 && (
          <Text size="sm" c="dimmed">
            {capitalized(made.join("; "))}.
          </Text>
        )}
        <Group>
          <Button
            component={Link}
            to={`/compare?run=${run.id}`}
            leftSection={<IconChartHistogram size={18} aria-hidden />}
          >
            Compare
          </Button>
          {run.artifact && (
            <Button
              variant="default"
              leftSection={<IconDownload size={18} aria-hidden />}
              loading={busy}
              onClick={() => {
                setBusy(true);
                setRefused(null);
                download(run.id)
                  .catch((thrown: unknown) => setRefused(toProblem(thrown)))
                  .finally(() => setBusy(false));
              }}
            >
              Download the model
            </Button>
          )}
          <Anchor component={Link} to={`/inspect?run=${run.id}`}>
            Look at single queries
          </Anchor>
        </Group>
        {refused && <ProblemPanel problem={refused} />}
      </Stack>
    </Panel>
  );
};

/** The verdict in questions: how many now find their answer, and three of them. */
const InQuestions = ({ run }: { run: WholeRun }) => {
  if (!run.baseline || !run.tuned) return null;
  const { sentence, named } = found(run.baseline, run.tuned, run.queries);
  return (
    <div>
      <Text size="lg" fw={600}>
        {sentence}
      </Text>
      {named.length > 0 && (
        <ul className={classes.named} aria-label="Questions that now find their answer">
          {named.map(({ text, before, after }) => (
            <li key={text}>
              “{text}”{" "}
              <Text span c="dimmed" className="numbers">
                {before === null ? "not found" : `place ${before}`} → place {after}
              </Text>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
};
