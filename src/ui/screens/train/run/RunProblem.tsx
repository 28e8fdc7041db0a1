import { Alert, Button, Group, Text } from "@mantine/core";
import { IconPlayerPause } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { toProblem, type Problem } from "../../../../domain/errors.ts";
import type { RunRecord } from "../../../../domain/run/types.ts";
import { useLiveRun } from "../../../../app/runs/hooks.ts";
import { ProblemPanel } from "../../../components/ProblemPanel.tsx";
import { nextStep } from "./nextStep.ts";

/** One sentence: what is saved. The button beside it goes on from there. */
const interrupted = (step: number | null): string =>
  step === null
    ? "This run was interrupted before anything was saved."
    : `This run was interrupted. Everything up to step ${step} is saved.`;

const kept = (run: RunRecord, checkpoint: number | null): string =>
  [
    checkpoint === null
      ? "No checkpoint was saved yet"
      : `The weights and the optimizer of step ${checkpoint} are saved`,
    run.tuned ? "the scores are kept" : "the curves up to here are kept",
  ].join("; ") + ".";

/** A run that broke off: what happened, what is kept, and the next step as a button. */
export const RunProblem = ({ run }: { run: RunRecord }) => {
  const { newestCheckpoint, resumeRun } = useLiveRun((state) => state);
  const busy = useLiveRun((state) => state.live !== null || state.elsewhere !== null);
  const [checkpoint, setCheckpoint] = useState<{ step: number | null } | null>(null);
  const [refused, setRefused] = useState<Problem | null>(null);
  useEffect(() => {
    let current = true;
    newestCheckpoint(run.id).then(
      (step) => current && setCheckpoint({ step }),
      (thrown: unknown) => current && setRefused(toProblem(thrown)),
    );
    return () => {
      current = false;
    };
  }, [newestCheckpoint, run.id, run.status]);

  if (busy) return null;
  const next = checkpoint && nextStep(run, checkpoint.step);
  const goOn = next && (
    <Button
      onClick={() => {
        setRefused(null);
        resumeRun(run.id, next.patch).catch((thrown: unknown) => setRefused(toProblem(thrown)));
      }}
    >
      {next.label}
    </Button>
  );
  if (run.status === "interrupted")
    return (
      <>
        {checkpoint && (
          <Alert role="status" color="ochre" variant="light" icon={<IconPlayerPause aria-hidden />}>
            <Group justify="space-between">
              <Text fw={550}>{interrupted(checkpoint.step)}</Text>
              {goOn}
            </Group>
          </Alert>
        )}
        {refused && <ProblemPanel problem={refused} />}
      </>
    );
  if (!run.problem) return null;
  return (
    <>
      <ProblemPanel problem={run.problem} kept={checkpoint ? kept(run, checkpoint.step) : undefined}>
        {goOn}
      </ProblemPanel>
      {refused && <ProblemPanel problem={refused} />}
    </>
  );
};
