import { Button } from "@mantine/core";
import { useEffect, useState } from "react";
import { toProblem, type Problem } from "../../../../domain/errors.ts";
import type { RunRecord } from "../../../../domain/run/types.ts";
import { useLiveRun } from "../../../../app/runs/hooks.ts";
import { ProblemPanel } from "../../../components/ProblemPanel.tsx";
import { nextStep } from "./nextStep.ts";

const interrupted = (run: RunRecord): Problem => ({
  code: "run-interrupted",
  message: `The page closed while this run was at step ${run.lastStep?.step ?? 0}.`,
  hint: "It can go on from the last saved checkpoint with the same result as if it had never stopped.",
});

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
  const busy = useLiveRun((state) => state.live !== null);
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

  const problem = run.status === "interrupted" ? interrupted(run) : run.problem;
  if (!problem || busy) return null;
  const next = checkpoint && nextStep(run, checkpoint.step);
  return (
    <>
      <ProblemPanel
        problem={problem}
        tone={run.status === "interrupted" ? "ochre" : "brick"}
        kept={checkpoint ? kept(run, checkpoint.step) : undefined}
      >
        {next && (
          <Button
            onClick={() => {
              setRefused(null);
              resumeRun(run.id, next.patch).catch((thrown: unknown) => setRefused(toProblem(thrown)));
            }}
          >
            {next.label}
          </Button>
        )}
      </ProblemPanel>
      {refused && <ProblemPanel problem={refused} />}
    </>
  );
};
