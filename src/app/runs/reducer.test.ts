import { describe, expect, it } from "vitest";
import type { StepReport } from "../../domain/training/types.ts";
import { aRun, devScore, stepReport } from "../testing/runs.ts";
import { liveRun, reduceLive, reduceRun, reduceRunAll, rewound } from "./reducer.ts";

const step = (number: number, loss = 1): { type: "step"; report: StepReport } => ({
  type: "step",
  report: stepReport(number, loss),
});

describe("reduceRun", () => {
  it("replaces steps that are done again after a resume", () => {
    const run = [step(1), step(2, 5), step(3), step(2, 7)].reduce(reduceRun, aRun());
    expect(run.steps.map(({ step: n, loss }) => [n, loss])).toEqual([
      [1, 1],
      [2, 7],
    ]);
  });

  it("keeps one best dev score", () => {
    const run = [devScore(0, true), devScore(5, true), devScore(10, false)]
      .map((score) => ({ type: "dev" as const, score }))
      .reduce(reduceRun, aRun());
    expect(run.dev.filter(({ best }) => best).map(({ step: n }) => n)).toEqual([5]);
  });

  it("keeps why dev ended the run, until the run goes on from an earlier step", () => {
    const stop = { step: 9, totalSteps: 20, bestStep: 3, patience: 2 };
    const run = reduceRun(aRun(), { type: "early-stop", stop });
    expect(run.earlyStop).toEqual(stop);
    expect(rewound(run, 4)).not.toHaveProperty("earlyStop");
  });

  it("says how a run ended and clears an older failure", () => {
    const failed = reduceRun(aRun(), { type: "failed", problem: { code: "device-lost", message: "m", hint: "h" } });
    expect(failed).toMatchObject({ status: "failed", problem: { code: "device-lost" } });
    expect(reduceRun(failed, { type: "ended", status: "stopped" })).toMatchObject({ status: "stopped", problem: null });
  });
});

describe("reduceRunAll", () => {
  it("gives the same record as event after event", () => {
    const events = [step(1), step(2), { type: "paused" as const }, { type: "resumed" as const }, step(3)];
    expect(reduceRunAll(aRun(), events)).toEqual(events.reduce(reduceRun, aRun()));
  });
});

describe("rewound", () => {
  it("forgets what came after the checkpoint", () => {
    const run = reduceRunAll(aRun(), [step(1), step(2), step(3), { type: "dev", score: devScore(3, true) }]);
    const back = rewound({ ...run, status: "failed" }, 2);
    expect(back.steps.map(({ step: n }) => n)).toEqual([1, 2]);
    expect(back.dev).toEqual([]);
    expect(back.status).toBe("running");
  });
});

describe("reduceLive", () => {
  it("follows stage, step, pause and checkpoint, and keeps one warning of a kind", () => {
    const warning = { type: "warning" as const, code: "c", message: "m", hint: "h" };
    const live = [
      step(4),
      { type: "checkpoint" as const, step: 4 },
      { type: "paused" as const },
      warning,
      warning,
    ].reduce(reduceLive, liveRun(aRun(), null));
    expect(live).toMatchObject({ stage: "train", checkpointStep: 4, phase: "paused", step: { step: 4 } });
    expect(live.warnings).toHaveLength(1);
  });
});
