import { describe, expect, it } from "vitest";
import { DEFAULT_HYPERPARAMETERS } from "../../../../domain/training/types.ts";
import { nextStep } from "./nextStep.ts";

const failed = (code: string, chunkSize = 16) => ({
  status: "failed" as const,
  problem: { code, message: "m", hint: "h" },
  hyperparameters: { ...DEFAULT_HYPERPARAMETERS, chunkSize },
});

describe("nextStep", () => {
  it("resumes from the checkpoint after a lost device", () => {
    expect(nextStep(failed("device-lost"), 240)).toEqual({ label: "Resume from step 240", patch: {} });
  });

  it("halves the chunk when memory ran out, as long as it can be halved", () => {
    expect(nextStep(failed("out-of-memory", 6), 10)).toEqual({
      label: "Halve the chunk and resume",
      patch: { chunkSize: 3 },
    });
    expect(nextStep(failed("out-of-memory", 6), null)?.label).toBe("Halve the chunk and start again");
    expect(nextStep(failed("out-of-memory", 1), 10)).toBeNull();
  });

  it("does not offer to repeat what diverged or changed nothing", () => {
    expect(nextStep(failed("training-diverged"), 10)).toBeNull();
    expect(nextStep(failed("artifact-unchanged"), 10)).toBeNull();
  });

  it("resumes what a reload interrupted, from the start when nothing was saved yet", () => {
    const run = { status: "interrupted" as const, problem: null, hyperparameters: DEFAULT_HYPERPARAMETERS };
    expect(nextStep(run, 30)?.label).toBe("Resume from step 30");
    expect(nextStep(run, null)?.label).toBe("Start again");
  });

  it("offers nothing for a run that ended well", () => {
    const run = { status: "finished" as const, problem: null, hyperparameters: DEFAULT_HYPERPARAMETERS };
    expect(nextStep(run, 30)).toBeNull();
  });
});
