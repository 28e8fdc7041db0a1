import { createStore, type StoreApi } from "zustand/vanilla";
import { toProblem, type Problem } from "../../domain/errors.ts";
import { at, present } from "../../domain/present.ts";
import { seriesUntil } from "../../domain/run/series.ts";
import type { RetrievalEvaluation, TaskQuery } from "../../domain/evaluation/types.ts";
import type { RunContents, RunResults, RunSeries } from "../../domain/run/types.ts";
import type { DataService } from "../../worker/data/protocol.ts";
import type { Downloads, RunContentsStorage } from "./ports.ts";

/** Something of a run that is read from disk when a screen asks for it. */
export type Loaded<T> = { status: "loading" } | { status: "failed"; problem: Problem } | { status: "ready"; value: T };

/** Queries, results and curves of the runs that a screen has asked for. Lists of runs do without them. */
export interface RunContentsState {
  /** By run id. */
  contents: Record<string, Loaded<RunContents>>;
  series: Record<string, Loaded<RunSeries>>;
  /** Reads a run's contents unless they are here; a failed read is tried again. */
  openContents(runId: string): Promise<void>;
  openSeries(runId: string): Promise<void>;
  /** Reads the curves of a run again that another tab writes; what is shown stays until then. */
  refreshSeries(runId: string): Promise<void>;
  /** Dev queries by run id, for those that are watched. */
  devQueries: Record<string, Loaded<TaskQuery[]>>;
  openDevQueries(runId: string): Promise<void>;
  /** Texts of documents that were read, by run id and place in its corpus. */
  documents: Record<string, Readonly<Record<number, string>>>;
  /** Texts of documents of a run, which are read unless they are here; rejects when they cannot be read. */
  readDocuments(runId: string, places: readonly number[]): Promise<string[]>;
  /** Hands the person the run's test as a file for other tools. */
  saveTaskFile(runId: string, form: "qrels" | "queries" | "corpus", name: string): Promise<void>;
  /** Saves a ranking of a run's test as a TREC run. */
  saveRanking(runId: string, evaluation: RetrievalEvaluation, name: string): Promise<void>;
  /** Replaces a run's results, here and on disk. */
  save(runId: string, results: RunResults): Promise<void>;
  /** Writes a piece of the curves to disk. */
  append(runId: string, piece: RunSeries): Promise<void>;
  /** Forgets the curves after a step; resolves with what is left. */
  rewind(runId: string, step: number): Promise<RunSeries>;
  remove(runId: string): Promise<void>;
}
export type RunContentsStore = StoreApi<RunContentsState>;

/** What a screen says when a record has outlived its contents. */
export const RUN_CONTENTS_MISSING: Problem = {
  code: "run-contents-missing",
  message: "The texts and results of this run are not stored in this browser any more.",
  hint: "Train again with the data set; the run's figures are kept.",
};

export interface RunContentsPorts {
  storage: RunContentsStorage;
  data: Pick<DataService, "queries" | "documents" | "taskFile" | "rankingFile">;
  downloads: Pick<Downloads, "file">;
}

export const createRunContentsStore = ({ storage, data, downloads }: RunContentsPorts): RunContentsStore =>
  createStore<RunContentsState>((set, get) => {
    type Kind = "contents" | "series";
    const forget = (kind: Kind, runId: string): void => {
      const { [runId]: _, ...others } = get()[kind];
      set(
        kind === "contents"
          ? { contents: others as RunContentsState["contents"] }
          : { series: others as RunContentsState["series"] },
      );
    };
    const putContents = (runId: string, loaded: Loaded<RunContents>) =>
      set({ contents: { ...get().contents, [runId]: loaded } });
    const putSeries = (runId: string, loaded: Loaded<RunSeries>) =>
      set({ series: { ...get().series, [runId]: loaded } });

    const open = async <T>(
      known: Loaded<T> | undefined,
      put: (loaded: Loaded<T>) => void,
      read: () => Promise<T | null>,
    ): Promise<void> => {
      if (known && known.status !== "failed") return;
      put({ status: "loading" });
      try {
        const value = await read();
        put(value === null ? { status: "failed", problem: RUN_CONTENTS_MISSING } : { status: "ready", value });
      } catch (thrown) {
        put({ status: "failed", problem: toProblem(thrown) });
      }
    };
    return {
      contents: {},
      series: {},
      openContents: (runId) =>
        open(
          get().contents[runId],
          (loaded) => putContents(runId, loaded),
          async () => {
            const results = await storage.load(runId);
            return results && { ...results, queries: await data.queries(runId) };
          },
        ),
      openSeries: (runId) =>
        open(
          get().series[runId],
          (loaded) => putSeries(runId, loaded),
          () => storage.series(runId),
        ),
      async refreshSeries(runId) {
        if (get().series[runId]?.status !== "ready") return; // nobody looks at them
        putSeries(runId, { status: "ready", value: await storage.series(runId) });
      },
      devQueries: {},
      openDevQueries: (runId) =>
        open(
          get().devQueries[runId],
          (loaded) => set({ devQueries: { ...get().devQueries, [runId]: loaded } }),
          () => data.queries(runId, "dev"),
        ),
      documents: {},
      async readDocuments(runId, places) {
        const absent = places.filter((place) => get().documents[runId]?.[place] === undefined);
        if (absent.length > 0) {
          const texts = await data.documents(runId, absent);
          const read = Object.fromEntries(absent.map((place, i) => [place, at(texts, i)]));
          const { documents } = get();
          set({ documents: { ...documents, [runId]: { ...documents[runId], ...read } } });
        }
        const { [runId]: known = {} } = get().documents;
        return places.map((place) => present(known[place], `document ${place}`));
      },
      async saveRanking(runId, evaluation, name) {
        downloads.file(name, await data.rankingFile(runId, evaluation));
      },
      async saveTaskFile(runId, form, name) {
        downloads.file(name, await data.taskFile(runId, form));
      },
      async save(runId, results) {
        const known = get().contents[runId];
        if (known?.status === "ready")
          putContents(runId, { status: "ready", value: { ...results, queries: known.value.queries } });
        else forget("contents", runId); // a failed read before the first results is no answer any more
        await storage.save(runId, results);
      },
      async append(runId, piece) {
        forget("series", runId); // what was read before is older than the disk
        await storage.append(runId, piece);
      },
      async rewind(runId, step) {
        forget("series", runId);
        const kept = seriesUntil(await storage.series(runId), step);
        await storage.replace(runId, kept);
        return kept;
      },
      async remove(runId) {
        forget("contents", runId);
        forget("series", runId);
        const { [runId]: _, ...documents } = get().documents;
        set({ documents });
        await storage.remove(runId);
      },
    };
  });
