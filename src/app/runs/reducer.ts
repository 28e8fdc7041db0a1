import { appendSeries, devSummary, emptySeries, summaryOf, withDevScore } from "../../domain/run/series.ts";
import type { RunRecord, RunResults, RunSeries } from "../../domain/run/types.ts";
import type { RunEvent, StepReport } from "../../domain/training/types.ts";
import type { TrainingEvent } from "./events.ts";

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
  /** The curves up to now. */
  series: RunSeries;
  /** Step of the newest checkpoint on disk. */
  checkpointStep: number | null;
  warnings: { code: string; message: string; hint: string }[];
}

export const liveRun = (run: RunRecord, checkpointStep: number | null, series = emptySeries()): LiveRun => ({
  runId: run.id,
  name: run.name,
  phase: "running",
  stage: "load",
  done: 0,
  total: 0,
  etaSeconds: null,
  step: run.lastStep,
  series,
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
      return { ...run, lastStep: event.report };
    case "dev":
      return { ...run, dev: withDevScore(run.dev, event.score) };
    case "early-stop":
      return { ...run, earlyStop: event.stop };
    case "paused":
      return { ...run, status: "paused" };
    case "resumed":
      return { ...run, status: "running" };
    case "bm25":
      return { ...run, bm25: summaryOf(event.evaluation) };
    case "baseline":
      return { ...run, baseline: event.evaluation };
    case "scored": {
      const { baseline, tuned, selfTest } = event.outcome;
      return { ...run, baseline: summaryOf(baseline), tuned: summaryOf(tuned), selfTest };
    }
    case "judged":
      return { ...run, bm25: summaryOf(event.judgement.bm25), comparisons: event.judgement.comparisons };
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

/** The curves that a batch of events adds. */
export const seriesIn = (events: readonly TrainingEvent[]): RunSeries => ({
  steps: events.flatMap((event) => (event.type === "step" ? [event.report] : [])),
  dev: events.flatMap((event) => (event.type === "dev" ? [event.score] : [])),
});

/** The live view after a batch; its curves are joined once. */
export const reduceLiveAll = (live: LiveRun, events: readonly TrainingEvent[]): LiveRun => {
  const next = events.reduce(reduceLive, live);
  const piece = seriesIn(events);
  return piece.steps.length + piece.dev.length > 0 ? { ...next, series: appendSeries(live.series, piece) } : next;
};

/** The results after an event; the same object when the event leaves them as they are. */
export const reduceResults = (results: RunResults, event: TrainingEvent): RunResults => {
  switch (event.type) {
    case "bm25":
      return { ...results, bm25: event.evaluation };
    case "scored":
      return { ...results, baseline: event.outcome.baseline, tuned: event.outcome.tuned };
    case "judged":
      return { ...results, bm25: event.judgement.bm25 };
    default:
      return results;
  }
};

/** The record a resumed run starts from; `series` is what of its curves came before the checkpoint. */
export const rewound = ({ earlyStop: _, ...run }: RunRecord, series: RunSeries): RunRecord => ({
  ...run,
  status: "running",
  problem: null,
  lastStep: series.steps.at(-1) ?? null,
  dev: devSummary(series.dev),
});
