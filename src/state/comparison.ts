import { useStore } from "zustand";
import { createStore, type StoreApi } from "zustand/vanilla";
import type { RetrievalEvaluation } from "../domain/evaluation/types.ts";
import { StudioError, toProblem, type Problem } from "../domain/errors.ts";
import type { RunRecord } from "../domain/run/types.ts";
import { compareModel, type ComparedModel, type ComparePorts } from "../workflows/compareRuns.ts";
import {
  projectRun,
  type Project,
  type ProjectedSpaces,
  type ProjectionEngine,
  type ProjectionMethod,
} from "../workflows/compareRunsProject.ts";
import type { ArtifactStorage, Downloads } from "../workflows/ports.ts";
import { sameBase, type EngineStore } from "./engine.ts";
import type { LiveRunStore } from "./runsLive.ts";
import { useStores } from "./stores.ts";

/** A judged pair of evaluations, or where it stands. */
export type Compared =
  { status: "working" } | { status: "failed"; problem: Problem } | ({ status: "done" } & ComparedModel);

export type Projection =
  | { status: "working"; stage: string }
  | { status: "failed"; problem: Problem }
  | { status: "done"; spaces: ProjectedSpaces };

export interface ComparisonState {
  /** By {@link comparisonKey}. */
  compared: Record<string, Compared>;
  /** By run id and method. */
  projections: Record<string, Projection>;
  /** Judges one evaluation on a run's task against the pinned one (null: only its own intervals), once. */
  compare(run: RunRecord, pinned: RetrievalEvaluation | null, evaluation: RetrievalEvaluation): Promise<void>;
  project(run: RunRecord, method: ProjectionMethod): Promise<void>;
  saveText: Downloads["text"];
}
export type ComparisonStore = StoreApi<ComparisonState>;

export interface ComparisonPorts extends ComparePorts {
  engine: ProjectionEngine;
  artifacts: Pick<ArtifactStorage, "load">;
  project: Project;
  downloads: Pick<Downloads, "text">;
}

/** Two evaluations of one run's task. The times tell a run that was continued and scored again. */
export const comparisonKey = (
  run: Pick<RunRecord, "id">,
  pinned: RetrievalEvaluation | null,
  evaluation: RetrievalEvaluation,
): string => [run.id, pinned?.label, pinned?.seconds, evaluation.label, evaluation.seconds].join(" ");

export const projectionKey = (run: Pick<RunRecord, "id">, method: ProjectionMethod): string => `${run.id} ${method}`;

export const createComparisonStore = (
  ports: ComparisonPorts,
  engineStore: EngineStore,
  live: LiveRunStore,
): ComparisonStore =>
  createStore<ComparisonState>((set, get) => {
    /** Whose adapter the engine holds; loading a base drops it. */
    let adapterOf: string | null = live.getState().live?.runId ?? null;
    live.subscribe(({ live: under }) => {
      if (under) adapterOf = under.runId;
    });
    engineStore.subscribe((now, before) => {
      if (!sameBase(now.loaded, before.loaded)) adapterOf = live.getState().live?.runId ?? null;
    });
    let drawing = new AbortController();

    const requireModels = async (run: RunRecord) => {
      if (live.getState().live)
        throw new StudioError("engine-busy", "The engine is training.", "Wait until the run has ended, or stop it.");
      const base = engineStore.getState().base;
      if (base?.sha256 !== run.base.sha256)
        throw new StudioError(
          "base-not-loaded",
          `The engine does not hold this run's base, ${run.base.id}.`,
          "Load it on the Train screen, then come back.",
        );
      if (adapterOf === run.id) return;
      const files = await ports.artifacts.load(run.id);
      if (files.length === 0)
        throw new StudioError(
          "adapter-not-loaded",
          "The engine does not hold this run's tuned weights.",
          "Continue the run on the Train screen, or look at another one.",
        );
      await ports.engine.loadAdapter(files);
      adapterOf = run.id;
    };

    return {
      compared: {},
      projections: {},
      async compare(run, pinned, evaluation) {
        const key = comparisonKey(run, pinned, evaluation);
        const known = get().compared[key];
        if (known && known.status !== "failed") return;
        const put = (value: Compared) => set({ compared: { ...get().compared, [key]: value } });
        put({ status: "working" });
        try {
          put({ status: "done", ...(await compareModel(run.task, pinned, evaluation, ports)) });
        } catch (thrown) {
          put({ status: "failed", problem: toProblem(thrown) });
        }
      },
      async project(run, method) {
        const key = projectionKey(run, method);
        const known = get().projections[key];
        if (known && known.status !== "failed") return;
        drawing.abort();
        const mine = new AbortController();
        drawing = mine;
        const put = (value: Projection) => set({ projections: { ...get().projections, [key]: value } });
        put({ status: "working", stage: "Preparing the models" });
        try {
          await requireModels(run);
          const spaces = await projectRun(
            run,
            method,
            ports.engine,
            ports.project,
            (stage) => put({ status: "working", stage }),
            mine.signal,
          );
          put({ status: "done", spaces });
        } catch (thrown) {
          const { [key]: _, ...others } = get().projections;
          if (mine.signal.aborted) set({ projections: others });
          else put({ status: "failed", problem: toProblem(thrown) });
        }
      },
      saveText: ports.downloads.text,
    };
  });

export const useComparison = <T>(select: (state: ComparisonState) => T): T => useStore(useStores().comparison, select);
