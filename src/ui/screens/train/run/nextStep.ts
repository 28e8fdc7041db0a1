import type { RunRecord } from "../../../../domain/run/types.ts";
import type { Hyperparameters } from "../../../../domain/training/types.ts";

/** What the screen offers when a run broke off. */
export interface NextStep {
  label: string;
  /** Changes before going on; the loss stays what it was (GradCache). */
  patch: Partial<Hyperparameters>;
}

const from = (step: number | null): string => (step === null ? "Start again" : `Resume from step ${step}`);

/** Codes that mean that the device had too little memory. */
const OUT_OF_MEMORY: ReadonlySet<string> = new Set(["out-of-memory", "gpu-out-of-memory"]);

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
  if (OUT_OF_MEMORY.has(code)) {
    if (chunkSize === 1) return null;
    return { label: "Halve the chunk and resume", patch: { chunkSize: Math.floor(chunkSize / 2) } };
  }
  if (code === "training-diverged" || code === "dataset-too-small") return null;
  return { label: from(checkpointStep), patch: {} };
};
