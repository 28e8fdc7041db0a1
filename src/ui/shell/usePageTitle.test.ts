import { expect, it } from "vitest";
import { stepReport } from "../../app/testing/runs.ts";
import { pageTitle } from "./usePageTitle.ts";

it("shows the progress of a run first, then the screen", () => {
  expect(pageTitle("/data", null)).toBe("Data · Recall Studio");
  const live = { stage: "train", phase: "running", step: stepReport(4) } as const;
  expect(pageTitle("/train", live)).toBe("40 % · Train · Recall Studio");
  expect(pageTitle("/train", { ...live, phase: "paused" })).toBe("Paused · Train · Recall Studio");
  expect(pageTitle("/compare", { ...live, stage: "evaluate" })).toBe("Scoring · Compare · Recall Studio");
  expect(pageTitle("/", { ...live, stage: "baseline", step: null })).toBe("… · Recall Studio");
});
