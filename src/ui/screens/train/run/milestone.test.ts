import { expect, it } from "vitest";
import { liveRun } from "../../../../app/runs/reducer.ts";
import { sampleRun } from "../../../../app/testing/stores.ts";
import { milestone, progressLine } from "./milestone.ts";

it("announces that dev ended the training, and what goes on now", () => {
  const run = { ...sampleRun(), earlyStop: { step: 40, totalSteps: 60, bestStep: 25, patience: 3 } };
  expect(milestone(run, { ...liveRun(run, null), stage: "evaluate" })).toBe(
    "Training ended after step 40 of 60: dev got no better than at step 25 (patience 3). Scoring the tuned model.",
  );
});

it("says that a run stops until its last step, and then what goes on", () => {
  const run = sampleRun();
  const stopping = { ...liveRun(run, null), phase: "stopping", step: run.lastStep } as const;
  expect(progressLine({ ...stopping, stage: "train" })).toMatch(/^Stopping after this step/);
  expect(progressLine({ ...stopping, stage: "evaluate" })).toMatch(/^Scoring the tuned model/);
});
