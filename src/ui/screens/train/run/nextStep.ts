import type { RunRecord } from "../../../../domain/run/types.ts";
import type { Hyperparameters } from "../../../../domain/training/types.ts";

/** What the screen offers when a run broke off. */
export interface NextStep {
  label: string;
  /** Changes before going on; the loss stays what it was (GradCache). */
  patch: Partial<Hyperparameters>;
}

const from = (step: number | null): string => (step === null ? "Start again" : `Resume from step ${step}`);

/** The same settings on the same data or device would fail in the same way. */
const HOPELESS: ReadonlySet<string> = new Set([
  "training-diverged",
  "dataset-too-small",
  "self-test-failed",
  "adapter-mismatch",
  "artifact-unchanged",
]);

/**
 * The way on for an interrupted or failed run; null when going on could only fail again in the same way, and a new run
 * with other settings is the way.
 */
export const nextStep = (
  run: Pick<RunRecord, "status" | "problem" | "hyperparameters">,
  checkpointStep: number | null,
): NextStep | null => {
  if (run.status === "interrupted") return { label: from(checkpointStep), patch: {} };
  if (run.status !== "failed" || !run.problem) return null;
  const { code } = run.problem;
  const { chunkSize } = run.hyperparameters;
  if (code === "out-of-memory") {
    if (chunkSize === 1) return null;
    const goOn = checkpointStep === null ? "start again" : "resume";
    return { label: `Halve the chunk and ${goOn}`, patch: { chunkSize: Math.floor(chunkSize / 2) } };
  }
  if (HOPELESS.has(code)) return null;
  return { label: from(checkpointStep), patch: {} };
};
