import { useStore } from "zustand";
import { createStore, type StoreApi } from "zustand/vanilla";
import { StudioError, toProblem, type Problem } from "../domain/errors.ts";
import type { ParseProgress } from "../domain/dataset/index.ts";
import type { Dialect } from "../domain/dataset/types.ts";
import type {
  DataService,
  DatasetReport,
  DatasetStorage,
  LeftOutPair,
  SplitSettings,
  StoredDataset,
  StoredDatasetSummary,
} from "../workflows/datasetPorts.ts";
import {
  badLinesReport,
  newDataset,
  readCorpus,
  readPairs,
  rowsOf,
  undecided,
  withSummary,
  type ReadEvent,
} from "../workflows/importDataset.ts";
import type { Downloads } from "../workflows/ports.ts";
import { useStores } from "./stores.ts";

export type { DatasetReport, SplitSettings, StoredDataset, StoredDatasetSummary } from "../workflows/datasetPorts.ts";
export { badLinesOf, holdsPair, rowsOf, undecided } from "../workflows/importDataset.ts";

/** The data sets of this browser, and the one that is open. */
export interface DatasetsState {
  status: "loading" | "ready" | "failed";
  problem: Problem | null;
  list: StoredDatasetSummary[];
  current: StoredDataset | null;
  /** The file that is being read. */
  reading: { fileName: string; progress: ParseProgress | null } | null;
  /** Why the last file could not be taken. What was open stays open. */
  readProblem: { fileName: string; problem: Problem } | null;
  /** The doctor's report on `current`; null while it is being made. */
  report: DatasetReport | null;
  reportProblem: Problem | null;
  splitting: boolean;
  splitProblem: Problem | null;
  load(): Promise<void>;
  open(id: string): Promise<void>;
  close(): void;
  addFile(file: Blob, name: string): Promise<void>;
  /** Reads the open data set's file again with these columns. */
  chooseColumns(dialect: Dialect): Promise<void>;
  confirmColumns(): Promise<void>;
  leaveOutBadLines(): Promise<void>;
  changeSplit(settings: SplitSettings): Promise<void>;
  addTestFile(file: Blob, name: string): Promise<void>;
  addCorpusFile(file: Blob, name: string): Promise<void>;
  removeExtra(which: "test" | "corpus"): Promise<void>;
  /** Leaves out the rows of exactly these pairs; an empty list takes all in again. */
  leaveOutPairs(pairs: readonly LeftOutPair[]): Promise<void>;
  downloadBadLines(): void;
  dismissProblem(): void;
  remove(id: string): Promise<void>;
}
export type DatasetsStore = StoreApi<DatasetsState>;

export interface DatasetsPorts {
  data: DataService;
  storage: DatasetStorage;
  downloads: Pick<Downloads, "text">;
  newId(): string;
  /** ISO 8601 */
  now(): string;
}

const newestFirst = (list: readonly StoredDatasetSummary[]): StoredDatasetSummary[] =>
  [...list].sort((a, b) => b.createdAt.localeCompare(a.createdAt));

export const createDatasetsStore = ({ data, storage, downloads, newId, now }: DatasetsPorts): DatasetsStore =>
  createStore<DatasetsState>((set, get) => {
    /** Results of an older request must not overwrite those of a newer one. */
    let turn = 0;

    const keep = async (dataset: StoredDataset): Promise<void> => {
      const whole = withSummary(dataset);
      const list = newestFirst([...get().list.filter(({ id }) => id !== whole.summary.id), whole.summary]);
      set({ current: whole, list });
      await storage.put(whole);
    };

    /** Report and split of the open data set, made anew. */
    const examine = async (dataset: StoredDataset): Promise<void> => {
      const mine = ++turn;
      const rows = rowsOf(dataset);
      const open = undecided(dataset) !== null;
      set({ report: null, reportProblem: null, splitProblem: null, splitting: !open });
      await keep({ ...dataset, split: open ? null : dataset.split });
      const report = data.examine(rows).then(
        (made) => void (mine === turn && set({ report: made })),
        (thrown: unknown) => void (mine === turn && set({ reportProblem: toProblem(thrown) })),
      );
      if (!open)
        try {
          const split = await data.split(rows, dataset.settings);
          if (mine === turn) await keep({ ...get().current!, split });
        } catch (thrown) {
          if (mine === turn) {
            set({ splitProblem: toProblem(thrown) });
            await keep({ ...get().current!, split: null });
          }
        } finally {
          if (mine === turn) set({ splitting: false });
        }
      await report;
    };

    /** Reads a file into `take`; on failure what was open stays as it is. */
    const read = async <T>(
      fileName: string,
      events: AsyncIterable<ReadEvent<T>>,
      take: (content: T) => Promise<void>,
    ): Promise<void> => {
      if (get().reading)
        throw new StudioError("file-under-way", "Another file is being read.", "Wait until it is done.");
      set({ reading: { fileName, progress: null }, readProblem: null });
      try {
        let content: { value: T } | null = null;
        for await (const event of events)
          if (event.type === "progress") set({ reading: { fileName, progress: event.progress } });
          else content = { value: event.content };
        set({ reading: null });
        if (content) await take((content as { value: T }).value);
      } catch (thrown) {
        set({ reading: null, readProblem: { fileName, problem: toProblem(thrown) } });
      }
    };

    const opened = (): StoredDataset => {
      const { current } = get();
      if (!current) throw new StudioError("dataset-missing", "No data set is open.", "Choose a data set first.");
      return current;
    };

    return {
      status: "loading",
      problem: null,
      list: [],
      current: null,
      reading: null,
      readProblem: null,
      report: null,
      reportProblem: null,
      splitting: false,
      splitProblem: null,
      async load() {
        try {
          const list = newestFirst(await storage.list());
          set({ status: "ready", problem: null, list });
          if (list[0] && !get().current) await get().open(list[0].id);
        } catch (thrown) {
          set({ status: "failed", problem: toProblem(thrown) });
        }
      },
      async open(id) {
        try {
          const dataset = await storage.load(id);
          if (!dataset)
            throw new StudioError("dataset-missing", "This data set is not stored any more.", "Drop its file again.");
          set({ current: dataset, readProblem: null, report: null });
          const mine = ++turn;
          if (!dataset.split && undecided(dataset) === null) return await examine(dataset);
          const report = await data.examine(rowsOf(dataset));
          if (mine === turn) set({ report, reportProblem: null, splitProblem: null, splitting: false });
        } catch (thrown) {
          set({ reportProblem: toProblem(thrown) });
        }
      },
      close() {
        turn++;
        set({ current: null, report: null, readProblem: null, splitProblem: null, splitting: false });
      },
      addFile: (file, name) =>
        read(name, readPairs(file, name, null, data), (parsed) => examine(newDataset(newId(), now(), file, parsed))),
      async chooseColumns(dialect) {
        const dataset = opened();
        const name = dataset.parsed.fileName;
        await read(name, readPairs(dataset.source, name, dialect, data), (parsed) =>
          examine({ ...dataset, parsed, columnsConfirmed: true, leaveOut: false }),
        );
      },
      confirmColumns: () => examine({ ...opened(), columnsConfirmed: true }),
      leaveOutBadLines: () => examine({ ...opened(), leaveOut: true }),
      changeSplit: (settings) => examine({ ...opened(), settings }),
      async addTestFile(file, name) {
        const dataset = opened();
        await read(name, readPairs(file, name, null, data), (test) => examine({ ...dataset, test, leaveOut: false }));
      },
      async addCorpusFile(file, name) {
        const dataset = opened();
        await read(name, readCorpus(file, name, data), (corpus) => examine({ ...dataset, corpus, leaveOut: false }));
      },
      removeExtra: (which) => examine({ ...opened(), [which]: null }),
      leaveOutPairs: (pairs) => examine({ ...opened(), excluded: [...pairs] }),
      downloadBadLines() {
        const dataset = opened();
        downloads.text(`${dataset.parsed.fileName}.bad-lines.tsv`, badLinesReport(dataset));
      },
      dismissProblem: () => set({ readProblem: null }),
      async remove(id) {
        await storage.remove(id);
        if (get().current?.summary.id === id) get().close();
        set({ list: get().list.filter((one) => one.id !== id) });
      },
    };
  });

export const useDatasets = <T>(select: (state: DatasetsState) => T): T => useStore(useStores().datasets, select);
