import { Button, Stack, Text } from "@mantine/core";
import { useRetention } from "../../../../app/retention/hooks.ts";
import { secondsToMeasure } from "../../../../app/retention/store.ts";
import { retentionFigures, retentionSentence, retentionVerdict } from "../../../../domain/retention/index.ts";
import type { RunRecord } from "../../../../domain/run/types.ts";
import { capitalized } from "../../../charts/index.ts";
import { roughDuration } from "../../../components/format.ts";
import { ProblemPanel } from "../../../components/ProblemPanel.tsx";
import { Term } from "../../../components/Term.tsx";
import { Underway } from "../../../components/Underway.tsx";

/** What tuning cost outside of its field: the tuned model and its base on everyday questions. */
export const Kept = ({ run }: { run: RunRecord }) => {
  const measuring = useRetention((state) => state.measuring[run.id]);
  const measure = useRetention((state) => state.measure);
  const stop = useRetention((state) => state.stop);
  const { retention } = run;
  const seconds = secondsToMeasure(run);
  return (
    <>
      {measuring?.status === "working" ? (
        <Underway label="Measuring what the model still knows" progress={measuring} onStop={stop} />
      ) : retention ? (
        <>
          <Text fw={550}>{retentionSentence(retention)}</Text>
          <Text size="sm" c="dimmed" className="numbers" mt={4}>
            {capitalized(retentionFigures(retention))}.
          </Text>
        </>
      ) : measuring?.status === "failed" ? (
        <ProblemPanel problem={measuring.problem} tone="ochre" kept="The run is as it was.">
          <Button variant="default" size="xs" onClick={() => void measure(run.id)}>
            Try again
          </Button>
        </ProblemPanel>
      ) : (
        <Stack align="flex-start" gap="sm">
          <Text c="dimmed" maw={680}>
            Not measured. Tuning for one field may cost what a model knew of all others;{" "}
            <Term of="general set">240 everyday questions</Term> in five languages show how much.
            {run.registryVersion && " The version on the server stays without this figure."}
          </Text>
          <Button variant="default" onClick={() => void measure(run.id)}>
            Measure what it kept{seconds !== null && seconds > 60 && ` (about ${roughDuration(seconds)})`}
          </Button>
        </Stack>
      )}
    </>
  );
};

/** In a few words: the verdict, or that it is being measured. */
export const useKeptNote = (run: RunRecord): string => {
  const working = useRetention((state) => state.measuring[run.id]?.status === "working");
  if (working) return "is being measured";
  return run.retention ? retentionVerdict(run.retention) : "everyday questions, outside of your data";
};
