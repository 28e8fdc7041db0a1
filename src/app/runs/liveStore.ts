import { createStore, type StoreApi } from "zustand/vanilla";
import { fromProblem, StudioError } from "../../domain/errors.ts";
import { emptySeries } from "../../domain/run/series.ts";
import type { RunContents, RunRecord, RunResults, RunSeries } from "../../domain/run/types.ts";
import type { Tracer } from "../../domain/telemetry/tracer.ts";
import type { Hyperparameters } from "../../domain/training/types.ts";
import { experimentOf, type ExperimentSink } from "./experiment.ts";
import { prepareRun, type RunChoice } from "./prepareRun.ts";
import type { DataService } from "../../worker/data/protocol.ts";
import type { BaseRef, Checkpoint, EngineService } from "../../worker/engine/protocol.ts";
import type { Downloads, RunFiles } from "./ports.ts";
import { RUN_CONTENTS_MISSING, type RunContentsStore } from "./contentsStore.ts";
import { followRun } from "./followRun.ts";
import { traced } from "./trace.ts";
import { train, type TrainPorts } from "./train.ts";
import { fileName } from "../fileName.ts";
import type { TrainingTurn, TurnNews } from "./turn.ts";
import type { RunsStore } from "./store.ts";
import { liveRun, rewound, type LiveRun } from "./reducer.ts";

/** The one run that the engine works on. Its record lives among {@link RunsStore}. */
export interface LiveRunState {
  live: LiveRun | null;
  /** The run that another tab of this browser trains, as it tells. */
  elsewhere: TurnNews["live"] | null;
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
  tracer: Tracer;
  data: TrainPorts["data"] & Pick<DataService, "prepareRun" | "storedRun">;
  files: RunFiles;
  turn: TrainingTurn;
  newId(): string;
  /** ISO 8601 */
  timestamp(): string;
}

export const createLiveRunStore = (runs: RunsStore, contents: RunContentsStore, ports: LiveRunPorts): LiveRunStore =>
  createStore<LiveRunState>((set, get, api) => {
    const recordOf = (id: string): RunRecord => {
      const run = runs.getState().runs.find((one) => one.id === id);
      if (!run) throw new StudioError("run-missing", "This run is not stored any more.", "Start a new run.");
      return run;
    };

    const undertake = traced(train, ports.tracer);

    const follow = async (
      run: RunRecord,
      base: BaseRef,
      checkpoint: Checkpoint | null,
      before: { results: RunResults; series: RunSeries },
    ) => {
      set({ live: liveRun(run, checkpoint?.step ?? null, before.series) });
      runs.getState().set(run);
      const followers = { live: api, runs, contents, recordOf, now: () => ports.now(), tellOthers };
      await followRun(run, before.results, followers, (emit) =>
        undertake(run, base, checkpoint, ports, (event) => {
          if (event.type === "failed") ports.forgetBase();
          emit(event);
        }),
      );
      set({ live: null });
      // A server that is away is no matter of the run; the Compare screen offers to send it later.
      void get()
        .report(run.id)
        .catch(() => false);
    };

    /** The contents of a run as they are stored. */
    const contentsOf = async (runId: string): Promise<RunContents> => {
      await contents.getState().openContents(runId);
      const loaded = contents.getState().contents[runId];
      if (loaded?.status === "ready") return loaded.value;
      throw fromProblem(loaded?.status === "failed" ? loaded.problem : RUN_CONTENTS_MISSING);
    };

    /** At most once a second: it is for a glance at another tab. */
    let toldAt = -Infinity;
    const tellOthers = (run: RunRecord) => {
      const { live } = get();
      if (!live || ports.now() - toldAt < 1000) return;
      toldAt = ports.now();
      const { series: _, ...told } = live;
      ports.turn.tell({ run, live: told });
    };
    ports.turn.hear((news) => {
      if (get().live) return;
      set({ elsewhere: news?.live ?? null });
      if (news) runs.getState().set(news.run);
      else void runs.getState().load();
      if (news) void contents.getState().refreshSeries(news.run.id);
    });

    const phase = (next: LiveRun["phase"]) => {
      const live = get().live;
      if (live) set({ live: { ...live, phase: next } });
    };

    /** The turn to train, which this run keeps to its end. */
    const takeTurn = async (): Promise<() => void> => {
      refuseSecond();
      const release = await ports.turn.take();
      if (release) return release;
      throw new StudioError(
        "training-elsewhere",
        "Another tab of this browser is training.",
        "Wait until its run has ended, or stop it there.",
      );
    };

    const refuseSecond = () => {
      if (get().live)
        throw new StudioError("run-under-way", "Another run is under way.", "Stop it first, or wait until it ends.");
    };

    const resumed = async (runId: string, patch: Partial<Hyperparameters>, release: () => void): Promise<void> => {
      const stored = await ports.data.storedRun(runId);
      if (!stored)
        throw new StudioError(
          "run-texts-missing",
          "The pairs of this run are not stored any more.",
          "Start a new run with the data set.",
        );
      const { queries: _, ...results } = await contentsOf(runId);
      const checkpoint = await ports.checkpoints.load(runId);
      const series = await contents.getState().rewind(runId, checkpoint?.step ?? 0);
      const run = rewound(recordOf(runId), series);
      void follow({ ...run, hyperparameters: { ...run.hyperparameters, ...patch } }, stored.base, checkpoint, {
        results,
        series,
      }).finally(release);
    };

    return {
      live: null,
      elsewhere: null,
      async begin(choice) {
        const release = await takeTurn();
        try {
          const run = await prepareRun(choice, ports.data, ports.newId(), ports.timestamp());
          const results = { baseline: null, tuned: null, bm25: null };
          void follow(run, choice.base, null, { results, series: emptySeries() }).finally(release);
          return run.id;
        } catch (thrown) {
          release();
          throw thrown;
        }
      },
      async resumeRun(runId, patch = {}) {
        const release = await takeTurn();
        try {
          await resumed(runId, patch, release);
        } catch (thrown) {
          release();
          throw thrown;
        }
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
        await ports.downloads.folder(fileName(recordOf(runId).name, "artifact"), files);
      },
      async report(runId) {
        const run = recordOf(runId);
        if (!run.tuned || !run.trace) return false;
        const experiment = experimentOf({ ...run, ...(await contentsOf(runId)) });
        if (!experiment) return false;
        const { connected, url } = await ports.experiments.send(experiment, run.trace.traceparent);
        const now = recordOf(runId);
        if (now.trace && url) await runs.getState().save({ ...now, trace: { ...now.trace, url } });
        return connected;
      },
      async removeRun(runId) {
        if (get().live?.runId === runId) refuseSecond();
        await ports.files.remove(runId);
        await contents.getState().remove(runId);
        await runs.getState().remove(runId);
      },
    };
  });
