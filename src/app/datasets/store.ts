import { createStore } from "zustand/vanilla";
import type { Provenance } from "../../domain/dataset/provenance.ts";
import { StudioError, toProblem, type Problem } from "../../domain/errors.ts";
import type { DatasetSummary, DatasetView, Decision, NamedFile, ReadProgress } from "../../worker/data/protocol.ts";
import type { DatasetsPorts, DatasetsState, DatasetsStore } from "./state.ts";

export type {
  DatasetView,
  FileBadLine,
  FileView,
  FindingView,
  MinedView,
  ReportView,
  SplitSettings,
} from "../../worker/data/protocol.ts";

const EXAMINATION_STOPPED: Problem = {
  code: "examination-stopped",
  message: "The examination was stopped, so the pairs cannot be split yet.",
  hint: "Examine them again, or drop a smaller sample of the file.",
};

/** Nothing is known yet of what is open. */
const UNEXAMINED = { report: null, examined: 0, reportProblem: null, splitProblem: null, splitting: false };

const newestFirst = (list: readonly DatasetSummary[]): DatasetSummary[] =>
  [...list].sort((a, b) => b.createdAt.localeCompare(a.createdAt));

const nameOf = (files: readonly NamedFile[]): string => files.map(({ name }) => name).join(" + ");

export const createDatasetsStore = ({ data, downloads, maxTokens, newId, now }: DatasetsPorts): DatasetsStore =>
  createStore<DatasetsState>((set, get) => {
    /** Results of an older request must not overwrite those of a newer one. */
    let turn = 0;
    let reading = new AbortController();
    let examination = new AbortController();

    const show = (current: DatasetView): void => {
      const { summary } = current;
      set({ current, list: newestFirst([...get().list.filter(({ id }) => id !== summary.id), summary]) });
    };

    /** Report and split of the open data set; the split only when nothing is left to decide, and not twice. */
    const examine = async ({ summary: { id } }: DatasetView): Promise<void> => {
      const mine = ++turn;
      set(UNEXAMINED);
      examination = new AbortController();
      try {
        const onProgress = (examined: number) => mine === turn && set({ examined });
        const { report, dataset } = await data.examine(id, maxTokens(), onProgress, examination.signal);
        if (mine !== turn) return;
        set({ report });
        show(dataset);
        if (dataset.undecided !== null || dataset.split) return;
      } catch (thrown) {
        if (mine === turn) set({ reportProblem: toProblem(thrown) });
        return;
      }
      set({ splitting: true });
      try {
        const dataset = await data.split(id);
        if (mine === turn) show(dataset);
      } catch (thrown) {
        if (mine === turn) set({ splitProblem: toProblem(thrown) });
      } finally {
        if (mine === turn) set({ splitting: false });
      }
    };

    /** Reads a file; on failure what was open stays as it is. */
    const read = async (
      fileName: string,
      work: (onProgress: ReadProgress, signal: AbortSignal) => Promise<DatasetView>,
    ): Promise<void> => {
      if (get().reading)
        throw new StudioError("file-under-way", "Another file is being read.", "Wait until it is done.");
      set({ reading: { fileName, progress: null }, readProblem: null });
      reading = new AbortController();
      let dataset: DatasetView;
      try {
        dataset = await work((progress) => set({ reading: { fileName, progress } }), reading.signal);
      } catch (thrown) {
        const problem = toProblem(thrown);
        return set({ readProblem: problem.code === "aborted" ? null : { fileName, problem } });
      } finally {
        set({ reading: null });
      }
      show(dataset);
      await examine(dataset);
    };

    const opened = (): DatasetView => {
      const { current } = get();
      if (!current) throw new StudioError("dataset-missing", "No data set is open.", "Choose a data set first.");
      return current;
    };
    const openId = (): string => opened().summary.id;

    const addPairs = (files: readonly NamedFile[], provenance?: Provenance): Promise<void> => {
      const made = { id: newId(), createdAt: now(), ...(provenance && { provenance }) };
      return read(nameOf(files), (onProgress, signal) => data.add(files, made, onProgress, signal));
    };
    const addTest = async (files: readonly NamedFile[]): Promise<void> => {
      const id = openId();
      await read(nameOf(files), (onProgress, signal) => data.addTest(id, files, onProgress, signal));
    };

    const decide = async (decision: Decision): Promise<void> => {
      const id = openId();
      const mine = ++turn;
      set(UNEXAMINED);
      try {
        const dataset = await data.decide(id, decision);
        if (mine !== turn) return;
        show(dataset);
        await examine(dataset);
      } catch (thrown) {
        if (mine === turn) set({ reportProblem: toProblem(thrown) });
      }
    };

    return {
      status: "loading",
      problem: null,
      list: [],
      current: null,
      reading: null,
      readProblem: null,
      ...UNEXAMINED,
      async load() {
        try {
          const list = newestFirst(await data.list());
          set({ status: "ready", problem: null, list });
          if (list[0] && !get().current) await get().open(list[0].id);
        } catch (thrown) {
          set({ status: "failed", problem: toProblem(thrown) });
        }
      },
      async open(id) {
        const mine = ++turn;
        try {
          const dataset = await data.open(id);
          if (mine !== turn) return;
          set({ readProblem: null });
          show(dataset);
          await examine(dataset);
        } catch (thrown) {
          if (mine === turn) set({ reportProblem: toProblem(thrown) });
        }
      },
      close() {
        turn++;
        set({ current: null, readProblem: null, ...UNEXAMINED });
      },
      addFile: (file, name, provenance) => addPairs([{ file, name }], provenance),
      isSet: (file, name) => data.isSet({ file, name }),
      addSet: (files) => addPairs(files),
      addTestFile: (file, name) => addTest([{ file, name }]),
      addTestSet: addTest,
      async addCorpusFile(file, name) {
        const id = openId();
        await read(name, (onProgress, signal) => data.addCorpus(id, { file, name }, onProgress, signal));
      },
      chooseColumns: async (choice, confirmed) => {
        const { summary, file } = opened();
        await read(file.fileName, (onProgress, signal) =>
          data.chooseColumns(summary.id, choice, confirmed, onProgress, signal),
        );
      },
      confirmColumns: () => decide({ type: "confirm-columns" }),
      leaveOutBadLines: () => decide({ type: "leave-out-bad-lines" }),
      choose: (code, choice) => decide({ type: "choose", code, choice }),
      takeAllIn: () => decide({ type: "take-all-in" }),
      retry: () => examine(opened()),
      cancelReading: () => reading.abort(),
      stopExamining() {
        turn++;
        set({ reportProblem: EXAMINATION_STOPPED, splitting: false });
        examination.abort();
      },
      changeSplit: (settings) => decide({ type: "split-settings", settings }),
      removeExtra: (which) => decide({ type: "remove-file", which }),
      leaveOutPairs: (pairs) => decide({ type: "leave-out-pairs", pairs }),
      take(dataset) {
        if (get().current?.summary.id === dataset.summary.id) show(dataset);
      },
      badLines: (from, to) => data.badLines(openId(), from, to),
      holds: (pairs) => data.holds(openId(), pairs),
      async downloadBadLines() {
        for (const { name, file } of await data.badLineFiles(openId())) downloads.file(name, file);
      },
      dismissProblem: () => set({ readProblem: null }),
      async remove(id) {
        await data.remove(id);
        if (get().current?.summary.id === id) get().close();
        set({ list: get().list.filter((one) => one.id !== id) });
      },
    };
  });
