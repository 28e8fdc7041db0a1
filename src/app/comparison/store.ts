import { createStore, type StoreApi } from "zustand/vanilla";
import type { RetrievalEvaluation, TaskColumn } from "../../domain/evaluation/types.ts";
import { StudioError, toProblem, type Problem } from "../../domain/errors.ts";
import type { RunRecord, WholeRun } from "../../domain/run/types.ts";
import { pipelineOf, type Pipeline } from "./pipeline.ts";
import { compareModel, type ComparedModel, type ComparePorts } from "./compareRuns.ts";
import {
  projectRun,
  type Project,
  type ProjectedSpaces,
  type ProjectionPorts,
  type ProjectionMethod,
} from "./projectSpaces.ts";
import type { DataService, NamedFile } from "../../worker/data/protocol.ts";
import { withExternal, type ExternalRuns } from "./externalRuns.ts";
import type { EngineService } from "../../worker/engine/protocol.ts";
import type { Downloads } from "../runs/ports.ts";
import { sliceRun, type RunSlices } from "./sliceRun.ts";
import { type RunBytes, weighRun } from "./weighRun.ts";
import { sweepRun, type RunSweep, type SweepPorts } from "./sweepRun.ts";
import type { RequireModels } from "./runModels.ts";

export { dimensionAdvice, strengthAdvice, type SweepPoint } from "./sweepRun.ts";

/** A judged pair of evaluations, or where it stands. */
export type Compared =
  | { status: "working" }
  | { status: "failed"; problem: Problem }
  | ({ status: "done" } & ComparedModel);

export type Projection =
  | { status: "working"; done: number; total: number }
  | { status: "failed"; problem: Problem }
  /** `more` tells how far the picture of all points is, while it is drawn; `complete` that it is there. */
  | { status: "done"; spaces: ProjectedSpaces; complete: boolean; more: { done: number; total: number } | null };

export type Sweep =
  | { status: "working"; done: number; total: number }
  | { status: "failed"; problem: Problem }
  | { status: "done"; sweep: RunSweep };

export type Weighed =
  | { status: "working"; done: number; total: number }
  | { status: "failed"; problem: Problem }
  | { status: "done"; bytes: RunBytes };

export type Sliced =
  | { status: "working" }
  | { status: "failed"; problem: Problem }
  | { status: "done"; slices: RunSlices };

export interface ComparisonState {
  /** By {@link comparisonKey}. */
  compared: Record<string, Compared>;
  /** By {@link pipelineKey}: hybrid search with either model, once it is fused. */
  pipelines: Record<string, Pipeline>;
  /** Fuses a run's rankings, once. */
  fuse(run: WholeRun): Promise<void>;
  /** By run id: columns of the data set by which its queries can be parted, once they are read. */
  columns: Record<string, readonly TaskColumn[]>;
  /** Reads the columns of a run, once. @throws StudioError `run-texts-missing` */
  readColumns(run: Pick<RunRecord, "id">): Promise<void>;
  /** By {@link sliceKey}: tuned against baseline for kinds of questions. */
  slices: Record<string, Sliced>;
  /** Parts by a column, or by length and shared words without one. */
  slice(run: WholeRun, column?: TaskColumn | null): Promise<void>;
  /** By run id and method. */
  projections: Record<string, Projection>;
  /** Judges one evaluation on a run's task against the pinned one (null: only its own intervals), once. */
  compare(run: WholeRun, pinned: RetrievalEvaluation | null, evaluation: RetrievalEvaluation): Promise<void>;
  project(run: WholeRun, method: ProjectionMethod): Promise<void>;
  /** Ends a drawing that is under way; a picture of fewer points that is there already stays. */
  stopProjection(): void;
  /** By run id: strengths and dimensions, scored on the dev queries. */
  sweeps: Record<string, Sweep>;
  sweep(run: RunRecord): Promise<void>;
  /** Gives up a sweep that is under way; what is embedded stays kept. */
  stopSweep(): void;
  /** By run id: other systems' rankings of the same test. */
  external: Record<string, ExternalRuns>;
  /** Scores a run file on the run's test. @throws StudioError those of `readTrecRun` */
  addExternal(run: Pick<RunRecord, "id">, file: NamedFile): Promise<void>;
  dropExternal(runId: string, label: string): void;
  /** By run id: what smaller forms of the embeddings find, scored on the dev queries. */
  bytes: Record<string, Weighed>;
  weigh(run: RunRecord): Promise<void>;
  stopWeighing(): void;
  saveText: Downloads["text"];
}
export type ComparisonStore = StoreApi<ComparisonState>;

export interface ComparisonPorts {
  data: ComparePorts & SweepPorts["data"] & Pick<DataService, "columns" | "documents" | "externalRun" | "storedRun">;
  engine: ProjectionPorts["engine"] & SweepPorts["engine"] & Pick<EngineService, "weighBytes">;
  requireModels: RequireModels;
  project: Project;
  downloads: Pick<Downloads, "text">;
}

/** Of a run beside which nothing was put. */
export const NO_EXTERNAL: ExternalRuns = [];

/** Two evaluations of one run's task. The times tell a run that was continued and scored again. */
export const comparisonKey = (
  run: Pick<RunRecord, "id">,
  pinned: RetrievalEvaluation | null,
  evaluation: RetrievalEvaluation,
): string => [run.id, pinned?.label, pinned?.seconds, evaluation.label, evaluation.seconds].join(" ");

/** A run's hybrid lines; the time tells a run that was continued and scored again. */
export const pipelineKey = ({ id, tuned }: Pick<WholeRun, "id" | "tuned">): string => `${id} ${tuned?.seconds ?? ""}`;

/** Kinds of a run's questions: by a column, or by length and shared words. */
export const sliceKey = ({ id }: Pick<RunRecord, "id">, column: string | null): string =>
  column === null ? id : `${id} ${column}`;

/** Of a run whose columns are not read, or that has none. */
export const NO_COLUMNS: readonly TaskColumn[] = [];

export const projectionKey = (run: Pick<RunRecord, "id">, method: ProjectionMethod): string => `${run.id} ${method}`;

export const createComparisonStore = (ports: ComparisonPorts): ComparisonStore =>
  createStore<ComparisonState>((set, get) => {
    const { requireModels } = ports;
    const fusing = new Set<string>();
    let drawing = new AbortController();
    let sweeping = new AbortController();
    let weighing = new AbortController();
    /** The size of a run's dev task, with its models in the engine. */
    const readyDev = async (run: RunRecord) => {
      const stored = await ports.data.storedRun(run.id);
      if (!stored?.dev)
        throw new StudioError(
          "no-dev-queries",
          "This run has no dev queries, and its test is scored only once.",
          "Keep a share for dev on the Data screen and train again.",
        );
      await requireModels(run);
      return stored.dev;
    };

    return {
      compared: {},
      columns: {},
      async readColumns({ id }) {
        if (get().columns[id]) return;
        const columns = await ports.data.columns(id);
        set({ columns: { ...get().columns, [id]: columns } });
      },
      slices: {},
      async slice(run, column = null) {
        const key = sliceKey(run, column?.name ?? null);
        const known = get().slices[key];
        if (known && known.status !== "failed") return;
        const put = (value: Sliced) => set({ slices: { ...get().slices, [key]: value } });
        put({ status: "working" });
        try {
          put({ status: "done", slices: await sliceRun(run, column, ports.data) });
        } catch (thrown) {
          put({ status: "failed", problem: toProblem(thrown) });
        }
      },
      pipelines: {},
      async fuse(run) {
        const key = pipelineKey(run);
        if (fusing.has(key)) return;
        fusing.add(key);
        const pipeline = await pipelineOf(run);
        if (pipeline) set({ pipelines: { ...get().pipelines, [key]: pipeline } });
      },
      projections: {},
      async compare(run, pinned, evaluation) {
        const key = comparisonKey(run, pinned, evaluation);
        const known = get().compared[key];
        if (known && known.status !== "failed") return;
        const put = (value: Compared) => set({ compared: { ...get().compared, [key]: value } });
        put({ status: "working" });
        try {
          put({ status: "done", ...(await compareModel(run.queries, pinned, evaluation, ports.data)) });
        } catch (thrown) {
          put({ status: "failed", problem: toProblem(thrown) });
        }
      },
      async project(run, method) {
        const key = projectionKey(run, method);
        const known = get().projections[key];
        const stopped = known?.status === "done" && !known.complete && known.more === null;
        if (known && known.status !== "failed" && !stopped) return;
        drawing.abort();
        const mine = new AbortController();
        drawing = mine;
        const put = (value: Projection) => set({ projections: { ...get().projections, [key]: value } });
        let spaces = stopped ? known.spaces : null;
        if (!spaces) put({ status: "working", done: 0, total: 0 });
        try {
          await requireModels(run);
          const onProgress = (done: number, total: number) =>
            put(
              spaces
                ? { status: "done", spaces, complete: false, more: { done, total } }
                : { status: "working", done, total },
            );
          for await (const drawn of projectRun(run, method, ports, onProgress, mine.signal)) {
            spaces = drawn.spaces;
            put({ status: "done", spaces, complete: drawn.last, more: drawn.last ? null : { done: 0, total: 0 } });
          }
        } catch (thrown) {
          const { [key]: _, ...others } = get().projections;
          if (!mine.signal.aborted) put({ status: "failed", problem: toProblem(thrown) });
          else if (spaces) put({ status: "done", spaces, complete: false, more: null });
          else set({ projections: others });
        }
      },
      stopProjection: () => drawing.abort(),
      sweeps: {},
      async sweep(run) {
        const known = get().sweeps[run.id];
        if (known && known.status !== "failed") return;
        const put = (value: Sweep) => set({ sweeps: { ...get().sweeps, [run.id]: value } });
        put({ status: "working", done: 0, total: 0 });
        try {
          const dev = await readyDev(run);
          const mine = (sweeping = new AbortController());
          const onProgress = (done: number, total: number) => put({ status: "working", done, total });
          const sweep = await sweepRun(run, dev, ports, onProgress, mine.signal);
          put({ status: "done", sweep });
        } catch (thrown) {
          const problem = toProblem(thrown);
          const { [run.id]: _, ...others } = get().sweeps;
          if (problem.code === "aborted") set({ sweeps: others });
          else put({ status: "failed", problem });
        }
      },
      stopSweep: () => sweeping.abort(),
      external: {},
      async addExternal({ id }, file) {
        const added = await ports.data.externalRun(id, file);
        const { external } = get();
        set({ external: { ...external, [id]: withExternal(external[id] ?? NO_EXTERNAL, added) } });
      },
      dropExternal(id, label) {
        const { external } = get();
        const left = (external[id] ?? NO_EXTERNAL).filter(({ evaluation }) => evaluation.label !== label);
        set({ external: { ...external, [id]: left } });
      },
      bytes: {},
      async weigh(run) {
        const known = get().bytes[run.id];
        if (known && known.status !== "failed") return;
        const put = (value: Weighed) => set({ bytes: { ...get().bytes, [run.id]: value } });
        put({ status: "working", done: 0, total: 0 });
        try {
          await readyDev(run);
          const mine = (weighing = new AbortController());
          const onProgress = (done: number, total: number) => put({ status: "working", done, total });
          put({ status: "done", bytes: await weighRun(run, ports, onProgress, mine.signal) });
        } catch (thrown) {
          const problem = toProblem(thrown);
          const { [run.id]: _, ...others } = get().bytes;
          if (problem.code === "aborted") set({ bytes: others });
          else put({ status: "failed", problem });
        }
      },
      stopWeighing: () => weighing.abort(),
      saveText: ports.downloads.text,
    };
  });
