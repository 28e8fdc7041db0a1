import type { StoreApi } from "zustand/vanilla";
import type { Problem } from "../../domain/errors.ts";
import type { Choice, ColumnChoice, DoctorReport, MinedLabels, ParseProgress } from "../../domain/dataset/index.ts";
import type { Downloads } from "../runs/ports.ts";
import type {
  DataService,
  DatasetStorage,
  LeftOutPair,
  NamedFile,
  SplitSettings,
  StoredDataset,
  StoredDatasetSummary,
} from "./ports.ts";

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
  report: DoctorReport | null;
  /** How much of the report's slow part is done, 0 … 1. */
  examined: number;
  reportProblem: Problem | null;
  splitting: boolean;
  splitProblem: Problem | null;
  load(): Promise<void>;
  open(id: string): Promise<void>;
  close(): void;
  addFile(file: Blob, name: string): Promise<void>;
  /** The files of a BEIR set, as a data set of its own or as the test pairs of the open one. */
  addSet(files: readonly NamedFile[]): Promise<void>;
  addTestSet(files: readonly NamedFile[]): Promise<void>;
  /** Reads the open data set's file again with these columns and scores; `confirmed` says that the person stands by the columns. */
  chooseColumns(choice: ColumnChoice, confirmed: boolean): Promise<void>;
  confirmColumns(): Promise<void>;
  leaveOutBadLines(): Promise<void>;
  /** Makes a choice that the report offers on the finding of that code. */
  choose(code: string, choice: Choice): Promise<void>;
  /** Takes back every choice made about findings and flagged pairs. */
  takeAllIn(): Promise<void>;
  /** Examines and splits again, after a failure. */
  retry(): Promise<void>;
  cancelReading(): void;
  /** Gives up the report that is being made. The file stays as it is. */
  stopExamining(): void;
  changeSplit(settings: SplitSettings): Promise<void>;
  addTestFile(file: Blob, name: string): Promise<void>;
  addCorpusFile(file: Blob, name: string): Promise<void>;
  removeExtra(which: "test" | "corpus"): Promise<void>;
  /** Leaves out the rows of exactly these pairs; an empty list takes all in again. */
  leaveOutPairs(pairs: readonly LeftOutPair[]): Promise<void>;
  /** Keeps hard negatives with the data set, or drops them. */
  keepMined(mined: MinedLabels | null): Promise<void>;
  downloadBadLines(): void;
  dismissProblem(): void;
  remove(id: string): Promise<void>;
}
export type DatasetsStore = StoreApi<DatasetsState>;

export interface DatasetsPorts {
  data: DataService;
  storage: DatasetStorage;
  downloads: Pick<Downloads, "text">;
  /** Tokens at which texts are cut, for the report on truncation. */
  maxTokens(): number;
  newId(): string;
  /** ISO 8601 */
  now(): string;
}
