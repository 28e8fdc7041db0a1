import { createStore, type StoreApi } from "zustand/vanilla";
import { StudioError, toProblem } from "../../domain/errors.ts";
import type { RunRecord } from "../../domain/run/types.ts";
import type { Hyperparameters } from "../../domain/training/types.ts";
import type { DataService } from "../datasets/ports.ts";
import { experimentOf, type ExperimentSink } from "./experiment.ts";
import { planRun, type RunChoice } from "./prepareRun.ts";
import type { Downloads, EngineService, RunInputs } from "./ports.ts";
import { train, type TrainingEvent, type TrainPorts } from "./train.ts";
import type { RunsStore } from "./store.ts";
import { liveRun, reduceLive, reduceRunAll, rewound, type LiveRun } from "./reducer.ts";

/** The one run that the engine works on. Its record lives among {@link RunsStore}. */
export interface LiveRunState {
  live: LiveRun | null;
  /** Prepares a run and starts it; resolves with its id as soon as it is under way. */
  begin(choice: RunChoice): Promise<string>;
  /** Goes on from the newest checkpoint, or from the start when there is none; `patch` changes hyperparameters first. */
  resumeRun(runId: string, patch?: Partial<Hyperparameters>): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
  /** Step from which {@link resumeRun} would go on. */
  newestCheckpoint(runId: string): Promise<number | null>;
  /** Hands the artifact folder to the person as one zip. */
  downloadArtifact(runId: string): Promise<void>;
  /**
   * Sends the run's evaluation to Langfuse and keeps where it stands there; false when there is nothing to send, or no
   * Langfuse is connected. Happens by itself at a run's end.
   */
  report(runId: string): Promise<boolean>;
  /** Removes the record and all files of a run. */
  removeRun(runId: string): Promise<void>;
}
export type { RunChoice };
export type LiveRunStore = StoreApi<LiveRunState>;

export interface LiveRunPorts extends TrainPorts {
  engine: TrainPorts["engine"] & Pick<EngineService, "pause" | "resume" | "stop">;
  /** The base in memory may be gone: the next run loads it again. */
  forgetBase(): void;
  downloads: Downloads;
  experiments: ExperimentSink;
  data: Pick<DataService, "tasks" | "fingerprint" | "applyMined">;
  newId(): string;
  /** ISO 8601 */
  timestamp(): string;
}

/** Screens are told about four times a second, however fast the steps come. */
const FLUSH_MS = 250;
/** Between two writes of the record while steps come. */
const PERSIST_MS = 5_000;
const MILESTONES: ReadonlySet<TrainingEvent["type"]> = new Set([
  "base",
  "dev",
  "early-stop",
  "paused",
  "scored",
  "judged",
  "exported",
  "ended",
  "failed",
]);

/** A name as a folder may be called everywhere. */
const fileName = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, "-")
    .replace(/^[-.]+|[-.]+$/g, "") || "artifact";

export const createLiveRunStore = (runs: RunsStore, ports: LiveRunPorts): LiveRunStore =>
  createStore<LiveRunState>((set, get) => {
    const recordOf = (id: string): RunRecord => {
      const run = runs.getState().runs.find((one) => one.id === id);
      if (!run) throw new StudioError("run-missing", "This run is not stored any more.", "Start a new run.");
      return run;
    };

    /** Applies a batch to both views; writes the record at milestones and every few seconds. */
    let persistedAt = 0;
    const apply = async (runId: string, batch: TrainingEvent[]) => {
      const run = reduceRunAll(recordOf(runId), batch);
      const live = get().live;
      if (live) set({ live: batch.reduce(reduceLive, live) });
      const due = batch.some(({ type }) => MILESTONES.has(type)) || ports.now() - persistedAt >= PERSIST_MS;
      if (!due) return runs.getState().set(run);
      persistedAt = ports.now();
      await runs.getState().save(run);
    };

    const follow = async (run: RunRecord, inputs: RunInputs, checkpoint: Parameters<typeof train>[2]) => {
      let waiting: TrainingEvent[] = [];
      let timer: ReturnType<typeof setTimeout> | null = null;
      let writing = Promise.resolve();
      const flush = () => {
        timer = null;
        const batch = waiting;
        waiting = [];
        if (batch.length > 0)
          writing = writing
            .then(() => apply(run.id, batch))
            .catch((thrown: unknown) => {
              const live = get().live;
              if (live) set({ live: reduceLive(live, { type: "warning", ...toProblem(thrown) }) });
            });
      };
      set({ live: liveRun(run, checkpoint?.step ?? null) });
      runs.getState().set(run);
      try {
        for await (const event of train(run, inputs, checkpoint, ports)) {
          if (event.type === "failed") ports.forgetBase();
          waiting.push(event);
          timer ??= setTimeout(flush, FLUSH_MS);
        }
      } finally {
        if (timer !== null) clearTimeout(timer);
        flush();
        await writing;
        set({ live: null });
        // A server that is away is no matter of the run; the Compare screen offers to send it later.
        void get()
          .report(run.id)
          .catch(() => false);
      }
    };

    const phase = (next: LiveRun["phase"]) => {
      const live = get().live;
      if (live) set({ live: { ...live, phase: next } });
    };

    const refuseSecond = () => {
      if (get().live)
        throw new StudioError("run-under-way", "Another run is under way.", "Stop it first, or wait until it ends.");
    };

    return {
      live: null,
      async begin(choice) {
        refuseSecond();
        const { run, inputs } = await planRun(choice, ports.data, ports.newId(), ports.timestamp());
        refuseSecond();
        void follow(run, inputs, null);
        return run.id;
      },
      async resumeRun(runId, patch = {}) {
        refuseSecond();
        const inputs = await ports.inputs.load(runId);
        if (!inputs)
          throw new StudioError(
            "run-inputs-missing",
            "The pairs of this run are not stored any more.",
            "Start a new run with the data set.",
          );
        const checkpoint = await ports.checkpoints.load(runId);
        const run = rewound(recordOf(runId), checkpoint?.step ?? 0);
        void follow({ ...run, hyperparameters: { ...run.hyperparameters, ...patch } }, inputs, checkpoint);
      },
      async pause() {
        phase("pausing");
        await ports.engine.pause();
      },
      async resume() {
        await ports.engine.resume();
      },
      async stop() {
        phase("stopping");
        await ports.engine.stop();
      },
      newestCheckpoint: (runId) => ports.checkpoints.newestStep(runId),
      async downloadArtifact(runId) {
        const files = await ports.artifacts.load(runId);
        if (files.length === 0)
          throw new StudioError(
            "artifact-missing",
            "The artifact of this run is not stored in this browser any more.",
            "Train again, or take the version from the Models screen if it was uploaded.",
          );
        await ports.downloads.folder(fileName(recordOf(runId).name), files);
      },
      async report(runId) {
        const run = recordOf(runId);
        const experiment = experimentOf(run);
        if (!experiment || !run.trace) return false;
        const { connected, url } = await ports.experiments.send(experiment, run.trace.traceparent);
        const now = recordOf(runId);
        if (now.trace && url) await runs.getState().save({ ...now, trace: { ...now.trace, url } });
        return connected;
      },
      async removeRun(runId) {
        if (get().live?.runId === runId) refuseSecond();
        await ports.inputs.remove(runId);
        await runs.getState().remove(runId);
      },
    };
  });
