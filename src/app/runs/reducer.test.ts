import { describe, expect, it } from "vitest";
import type { StepReport } from "../../domain/training/types.ts";
import { emptySeries } from "../../domain/run/series.ts";
import { aRun, devScore, stepReport } from "../testing/runs.ts";
import { liveRun, reduceLive, reduceRun, reduceLiveAll, rewound } from "./reducer.ts";

const step = (number: number, loss = 1): { type: "step"; report: StepReport } => ({
  type: "step",
  report: stepReport(number, loss),
});

const dev = (number: number, best: boolean) => ({ type: "dev" as const, score: devScore(number, best) });

describe("reduceRun", () => {
  it("keeps the newest step and three dev scores, so that the record is as large after ten thousand steps as after ten", () => {
    const after = (steps: number) =>
      Array.from({ length: steps }, (_, i) => [step(i + 1), { type: "dev" as const, score: devScore(i, i === 4) }])
        .flat()
        .reduce(reduceRun, aRun());
    const run = after(10_000);
    expect(run.lastStep?.step).toBe(10_000);
    expect([run.dev.baseline?.step, run.dev.best?.step, run.dev.last?.step]).toEqual([0, 4, 9_999]);
    expect(JSON.stringify(run).length - JSON.stringify(after(10)).length).toBeLessThan(50);
  });

  it("keeps why dev ended the run, until the run goes on from an earlier step", () => {
    const stop = { step: 9, totalSteps: 20, bestStep: 3, patience: 2 };
    const run = reduceRun(aRun(), { type: "early-stop", stop });
    expect(run.earlyStop).toEqual(stop);
    expect(rewound(run, emptySeries())).not.toHaveProperty("earlyStop");
  });

  it("says how a run ended and clears an older failure", () => {
    const failed = reduceRun(aRun(), { type: "failed", problem: { code: "device-lost", message: "m", hint: "h" } });
    expect(failed).toMatchObject({ status: "failed", problem: { code: "device-lost" } });
    expect(reduceRun(failed, { type: "ended", status: "stopped" })).toMatchObject({ status: "stopped", problem: null });
  });
});

describe("rewound", () => {
  it("forgets what came after the checkpoint", () => {
    const run = [step(1), step(2), step(3), dev(3, true)].reduce(reduceRun, aRun());
    const back = rewound({ ...run, status: "failed" }, { steps: [stepReport(1), stepReport(2)], dev: [] });
    expect(back.lastStep?.step).toBe(2);
    expect(back.dev).toEqual({ baseline: null, best: null, last: null });
    expect(back.status).toBe("running");
  });
});

describe("reduceLiveAll", () => {
  it("replaces steps that are done again after a resume, and keeps one best dev score", () => {
    const { series } = [
      [step(1), dev(0, true), step(2, 5), dev(2, true), step(3)],
      [step(2, 7), dev(5, false)],
    ].reduce(reduceLiveAll, liveRun(aRun(), null));
    expect(series.steps.map(({ step: n, loss }) => [n, loss])).toEqual([
      [1, 1],
      [2, 7],
    ]);
    expect(series.dev.filter(({ best }) => best).map(({ step: n }) => n)).toEqual([2]);
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
