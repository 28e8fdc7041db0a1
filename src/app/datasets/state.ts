import type { StoreApi } from "zustand/vanilla";
import type { ColumnChoice, ParseProgress } from "../../domain/dataset/index.ts";
import type { Provenance } from "../../domain/dataset/provenance.ts";
import type { LeftOutPair } from "../../domain/dataset/leftOut.ts";
import type { Problem } from "../../domain/errors.ts";
import type {
  DatasetSummary,
  DatasetView,
  DataService,
  FileBadLine,
  NamedFile,
  ReportView,
  SplitSettings,
} from "../../worker/data/protocol.ts";
import type { Downloads } from "../runs/ports.ts";

/** The data sets of this browser, and the one that is open. Their rows are in the data worker. */
export interface DatasetsState {
  status: "loading" | "ready" | "failed";
  problem: Problem | null;
  list: DatasetSummary[];
  current: DatasetView | null;
  /** The file that is being read. */
  reading: { fileName: string; progress: ParseProgress | null } | null;
  /** Why the last file could not be taken. What was open stays open. */
  readProblem: { fileName: string; problem: Problem } | null;
  /** The doctor's report on `current`; null while it is being made. */
  report: ReportView | null;
  /** How much of the report's slow part is done, 0 … 1. */
  examined: number;
  reportProblem: Problem | null;
  splitting: boolean;
  splitProblem: Problem | null;
  load(): Promise<void>;
  open(id: string): Promise<void>;
  close(): void;
  /** `provenance` is given with imported pairs. */
  addFile(file: Blob, name: string, provenance?: Provenance): Promise<void>;
  /** Whether an archive holds a BEIR set. */
  isSet(file: Blob, name: string): Promise<boolean>;
  /** The files of a BEIR set, as a data set of its own or as the test pairs of the open one. */
  addSet(files: readonly NamedFile[]): Promise<void>;
  addTestSet(files: readonly NamedFile[]): Promise<void>;
  /** Reads the open data set's file again with these columns and scores; `confirmed` says that the person stands by the columns. */
  chooseColumns(choice: ColumnChoice, confirmed: boolean): Promise<void>;
  confirmColumns(): Promise<void>;
  leaveOutBadLines(): Promise<void>;
  /** Makes a choice that the report offers on the finding of that code. */
  choose(code: string, choice: string): Promise<void>;
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
  /** Shows a data set as it stands after a change made elsewhere, if it is still the open one. */
  take(dataset: DatasetView): void;
  /** Bad lines of the open data set, by place. */
  badLines(from: number, to: number): Promise<FileBadLine[]>;
  /** Which of these pairs the files of the open data set hold. */
  holds(pairs: readonly LeftOutPair[]): Promise<boolean[]>;
  downloadBadLines(): Promise<void>;
  dismissProblem(): void;
  remove(id: string): Promise<void>;
}
export type DatasetsStore = StoreApi<DatasetsState>;

export interface DatasetsPorts {
  data: Pick<
    DataService,
    | "list"
    | "open"
    | "isSet"
    | "add"
    | "chooseColumns"
    | "addTest"
    | "addCorpus"
    | "decide"
    | "examine"
    | "split"
    | "remove"
    | "badLines"
    | "badLineFiles"
    | "holds"
  >;
  downloads: Pick<Downloads, "file">;
  /** Tokens at which texts are cut, for the report on truncation. */
  maxTokens(): number;
  newId(): string;
  /** ISO 8601 */
  now(): string;
}
