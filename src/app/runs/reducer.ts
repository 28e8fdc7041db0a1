import type { RunRecord } from "../../domain/run/types.ts";
import type { RunEvent, StepReport } from "../../domain/training/types.ts";
import type { TrainingEvent } from "./train.ts";

/** What the page shows of the run under way beside its record. */
export interface LiveRun {
  runId: string;
  name: string;
  phase: "running" | "pausing" | "paused" | "stopping";
  stage: Extract<RunEvent, { type: "stage" }>["stage"] | "load";
  done: number;
  total: number;
  etaSeconds: number | null;
  step: StepReport | null;
  /** Step of the newest checkpoint on disk. */
  checkpointStep: number | null;
  warnings: { code: string; message: string; hint: string }[];
}

export const liveRun = (run: RunRecord, checkpointStep: number | null): LiveRun => ({
  runId: run.id,
  name: run.name,
  phase: "running",
  stage: "load",
  done: 0,
  total: 0,
  etaSeconds: null,
  step: run.steps.at(-1) ?? null,
  checkpointStep,
  warnings: [],
});

/** The live view after an event. */
export const reduceLive = (live: LiveRun, event: TrainingEvent): LiveRun => {
  switch (event.type) {
    case "stage":
      return { ...live, stage: event.stage, done: event.done, total: event.total, etaSeconds: event.etaSeconds };
    case "step":
      return { ...live, stage: "train", step: event.report };
    case "paused":
      return { ...live, phase: "paused" };
    case "resumed":
      return { ...live, phase: "running" };
    case "checkpoint":
      return { ...live, checkpointStep: event.step };
    case "warning": {
      const { code, message, hint } = event;
      return { ...live, warnings: [...live.warnings.filter((known) => known.code !== code), { code, message, hint }] };
    }
    default:
      return live;
  }
};

/** The record after an event; the same object when the event leaves it as it is. */
export const reduceRun = (run: RunRecord, event: TrainingEvent): RunRecord => {
  switch (event.type) {
    case "traced":
      return { ...run, trace: event.trace };
    case "base": {
      const { id, revision, sha256, dim, device } = event.base;
      return { ...run, base: { id, revision, sha256, dim }, device };
    }
    case "device":
      return { ...run, device: event.device };
    case "step":
      return { ...run, steps: [...run.steps.filter(({ step }) => step < event.report.step), event.report] };
    case "dev": {
      const others = run.dev.filter(({ step }) => step !== event.score.step);
      const best = event.score.best ? others.map((score) => ({ ...score, best: false })) : others;
      return { ...run, dev: [...best, event.score].sort((a, b) => a.step - b.step) };
    }
    case "early-stop":
      return { ...run, earlyStop: event.stop };
    case "paused":
      return { ...run, status: "paused" };
    case "resumed":
      return { ...run, status: "running" };
    case "scored": {
      const { baseline, tuned, selfTest } = event.outcome;
      return { ...run, baseline, tuned, selfTest };
    }
    case "judged":
      return { ...run, bm25: event.judgement.bm25, comparisons: event.judgement.comparisons };
    case "exported":
      return { ...run, artifact: event.artifact };
    case "ended":
      return { ...run, status: event.status, problem: null };
    case "failed":
      return { ...run, status: "failed", problem: event.problem };
    default:
      return run;
  }
};

/** Many events at once; steps are joined first, so that a burst costs one copy of the list. */
export const reduceRunAll = (run: RunRecord, events: readonly TrainingEvent[]): RunRecord => {
  const reports = events.flatMap((event) => (event.type === "step" ? [event.report] : []));
  const rest = events.filter(({ type }) => type !== "step").reduce(reduceRun, run);
  if (reports.length === 0) return rest;
  const from = reports[0]!.step;
  return { ...rest, steps: [...rest.steps.filter(({ step }) => step < from), ...reports] };
};

/** The record a resumed run starts from: what came after the checkpoint never happened. */
export const rewound = ({ earlyStop: _, ...run }: RunRecord, step: number): RunRecord => ({
  ...run,
  status: "running",
  problem: null,
  steps: run.steps.filter((report) => report.step <= step),
  dev: run.dev.filter((score) => score.step <= step),
});
