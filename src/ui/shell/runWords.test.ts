import { expect, test } from "vitest";
import type { LiveRun } from "../../app/runs/reducer.ts";
import { runWords } from "./runWords.ts";

test("the top bar tells step and time left, on a phone the step alone, and what goes on besides steps", () => {
  const step = { step: 4, totalSteps: 29, etaSeconds: 87 } as NonNullable<LiveRun["step"]>;
  expect(runWords({ stage: "train", phase: "running", step })).toEqual({
    value: "step 4 of 29, 1 min left",
    short: "4 of 29",
  });
  expect(runWords({ stage: "train", phase: "paused", step })).toEqual({
    value: "step 4 of 29, paused",
    short: "paused",
  });
  expect(runWords({ stage: "train", phase: "running", step: null }).value).toBe("first step");
  expect(runWords({ stage: "evaluate", phase: "running", step })).toEqual({
    value: "scoring the tuned model",
    short: "scoring",
  });
});
