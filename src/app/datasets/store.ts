import { createStore } from "zustand/vanilla";
import { yieldToEventLoop } from "../../domain/yieldToEventLoop.ts";
import { StudioError, toProblem, type Problem } from "../../domain/errors.ts";
import { choiceOf, exportBadLines, type DoctorReport } from "../../domain/dataset/index.ts";
import { newDataset, openFindings, rereadWith, rowsOf, undecided, withChoice, withSummary } from "./contents.ts";
import type { NamedFile, StoredDataset, StoredDatasetSummary } from "./ports.ts";
import type { DatasetsPorts, DatasetsState, DatasetsStore } from "./state.ts";
import { readCorpus, readPairs, readSet, refuseUnclear, type ReadEvent } from "./importDataset.ts";

export type { SplitSettings, StoredDataset, StoredDatasetSummary } from "./ports.ts";
export { badLinesOf, holdsPair, rowsOf, undecided } from "./contents.ts";

/** What a data set holds of its files; the rest is small. */
const HEAVY = ["source", "parsed", "test", "corpus"] as const;

const EXAMINATION_STOPPED: Problem = {
  code: "examination-stopped",
  message: "The examination was stopped, so the pairs cannot be split yet.",
  hint: "Examine them again, or drop a smaller sample of the file.",
};

const newestFirst = (list: readonly StoredDatasetSummary[]): StoredDatasetSummary[] =>
  [...list].sort((a, b) => b.createdAt.localeCompare(a.createdAt));

const setName = (files: readonly NamedFile[]): string => files.map(({ name }) => name).join(" + ");

export const createDatasetsStore = ({
  data,
  storage,
  downloads,
  maxTokens,
  newId,
  now,
}: DatasetsPorts): DatasetsStore =>
  createStore<DatasetsState>((set, get) => {
    /** Results of an older request must not overwrite those of a newer one. */
    let turn = 0;
    let reading = new AbortController();
    let examination = new AbortController();

    const keep = async (dataset: StoredDataset): Promise<void> => {
      const whole = withSummary(dataset);
      const list = newestFirst([...get().list.filter(({ id }) => id !== whole.summary.id), whole.summary]);
      const before = get().current;
      const contents = before?.summary.id !== whole.summary.id || HEAVY.some((field) => before[field] !== whole[field]);
      set({ current: whole, list });
      // Copies for worker and disk each hold up the page a little; between two of them it may draw and answer.
      if (contents) await yieldToEventLoop(0);
      await storage.put(whole, contents);
    };

    const diagnose = (dataset: StoredDataset): Promise<DoctorReport> => {
      const { badLines, blankLines, dialect, scores, graded, notes } = dataset.parsed;
      const { columnsConfirmed, settings } = dataset;
      const facts = { badLines, blankLines, dialect, scores, graded, notes };
      const context = { ...facts, columnsConfirmed, maxTokens: maxTokens() };
      set({ examined: 0 });
      examination = new AbortController();
      return data.examine(
        rowsOf(dataset),
        { ...context, negatives: settings.negatives },
        (share) => set({ examined: share }),
        examination.signal,
      );
    };

    /** Report and split of a data set, made anew; the split only when nothing is left to decide. */
    const examine = async (dataset: StoredDataset): Promise<void> => {
      const mine = ++turn;
      set({ report: null, reportProblem: null, splitProblem: null, splitting: false });
      await keep({ ...dataset, split: null, mined: null });
      let report: DoctorReport;
      try {
        await yieldToEventLoop(0);
        if (mine !== turn) return;
        report = await diagnose(dataset);
      } catch (thrown) {
        if (mine === turn) set({ reportProblem: toProblem(thrown) });
        return;
      }
      if (mine !== turn) return;
      set({ report });
      const examined = { ...dataset, split: null, mined: null, open: openFindings(report.findings, dataset.decisions) };
      await keep(examined);
      if (undecided(examined) !== null || mine !== turn) return;
      set({ splitting: true });
      try {
        const split = await data.split(rowsOf(examined), examined.settings);
        if (mine === turn) await keep({ ...examined, split });
      } catch (thrown) {
        if (mine === turn) set({ splitProblem: toProblem(thrown) });
      } finally {
        if (mine === turn) set({ splitting: false });
      }
    };

    /** Reads a file into `take`; on failure what was open stays as it is. */
    const read = async <T>(
      fileName: string,
      begin: (signal: AbortSignal) => AsyncIterable<ReadEvent<T>>,
      take: (content: T) => Promise<void>,
    ): Promise<void> => {
      if (get().reading)
        throw new StudioError("file-under-way", "Another file is being read.", "Wait until it is done.");
      set({ reading: { fileName, progress: null }, readProblem: null });
      reading = new AbortController();
      try {
        let content: { value: T } | null = null;
        for await (const event of begin(reading.signal))
          if (event.type === "progress") set({ reading: { fileName, progress: event.progress } });
          else content = { value: event.content };
        set({ reading: null });
        if (content) await take(content.value);
      } catch (thrown) {
        const problem = toProblem(thrown);
        set({ reading: null, readProblem: problem.code === "aborted" ? null : { fileName, problem } });
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
      examined: 0,
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
          const mine = ++turn;
          set({ current: dataset, readProblem: null, report: null, reportProblem: null, splitProblem: null });
          if (!dataset.split) return await examine(dataset);
          const report = await diagnose(dataset);
          if (mine === turn) set({ report });
        } catch (thrown) {
          const problem = toProblem(thrown);
          if (problem.code !== "aborted") set({ reportProblem: problem }); // a stop has been told already
        }
      },
      close() {
        turn++;
        set({ current: null, report: null, readProblem: null, splitProblem: null, splitting: false });
      },
      addFile: (file, name) =>
        read(
          name,
          (signal) => readPairs(file, name, {}, data, signal),
          (parsed) => examine(newDataset(newId(), now(), file, parsed)),
        ),
      addSet: (files) =>
        read(
          setName(files),
          (signal) => readSet(files, data, signal),
          (parsed) => examine(newDataset(newId(), now(), new Blob(files.map(({ file }) => file)), parsed)),
        ),
      async addTestSet(files) {
        const dataset = opened();
        await read(
          setName(files),
          (signal) => readSet(files, data, signal),
          (test) => examine({ ...dataset, test, leaveOut: false }),
        );
      },
      async chooseColumns(dialect, confirmed) {
        const dataset = opened();
        const name = dataset.parsed.fileName;
        await read(
          name,
          (signal) => readPairs(dataset.source, name, { dialect }, data, signal),
          (parsed) => examine(rereadWith(dataset, parsed, confirmed)),
        );
      },
      confirmColumns: () => examine({ ...opened(), columnsConfirmed: true }),
      leaveOutBadLines: () => examine({ ...opened(), leaveOut: true }),
      choose: (code, choice) => examine(withChoice(opened(), code, choice)),
      takeAllIn: () =>
        examine({ ...opened(), excluded: [], decisions: { droppedLines: [], droppedNegatives: [], kept: [] } }),
      retry: () => examine(opened()),
      cancelReading: () => reading.abort(),
      stopExamining() {
        turn++;
        set({ reportProblem: EXAMINATION_STOPPED, splitting: false });
        examination.abort();
      },
      changeSplit: (settings) => examine({ ...opened(), settings }),
      async addTestFile(file, name) {
        const dataset = opened();
        await read(
          name,
          (signal) => readPairs(file, name, { dialect: choiceOf(dataset.parsed.dialect), lenient: true }, data, signal),
          async (test) => {
            refuseUnclear(test);
            await examine({ ...dataset, test, leaveOut: false });
          },
        );
      },
      async addCorpusFile(file, name) {
        const dataset = opened();
        await read(
          name,
          (signal) => readCorpus(file, name, data, signal),
          (corpus) => examine({ ...dataset, corpus, leaveOut: false }),
        );
      },
      removeExtra: (which) => examine({ ...opened(), [which]: null }),
      keepMined: (mined) => keep({ ...opened(), mined }),
      leaveOutPairs: (pairs) => examine({ ...opened(), excluded: [...pairs] }),
      downloadBadLines() {
        const { parsed, test, corpus } = opened();
        for (const file of [parsed, test, corpus])
          if (file && file.badLines.length > 0) {
            const { fileName, text } = exportBadLines(file);
            downloads.text(fileName, text);
          }
      },
      dismissProblem: () => set({ readProblem: null }),
      async remove(id) {
        await storage.remove(id);
        if (get().current?.summary.id === id) get().close();
        set({ list: get().list.filter((one) => one.id !== id) });
      },
    };
  });
