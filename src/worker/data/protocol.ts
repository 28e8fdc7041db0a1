// Longer than 300 lines: all that the page may ask of one worker.
import type { Problem } from "../../domain/errors.ts";
import type {
  ColumnChoice,
  DoctorReport,
  Finding,
  MiningSettings,
  NearestDocuments,
  ParseProgress,
  SplitOptions,
  Suspect,
} from "../../domain/dataset/index.ts";
import type { Provenance } from "../../domain/dataset/provenance.ts";
import type { LeftOutPair } from "../../domain/dataset/leftOut.ts";
import type { BadLine, DatasetIdentity, ParsedDataset, QueriesAndDocuments } from "../../domain/dataset/types.ts";
import type { ExternalRun } from "../../domain/evaluation/index.ts";
import type {
  Comparison,
  RetrievalEvaluation,
  RetrievalTask,
  TaskColumn,
  TaskQuery,
} from "../../domain/evaluation/types.ts";
import type { PackedRunTexts } from "../../domain/run/texts.ts";
import type { ArtifactFile, BaseRef } from "../engine/protocol.ts";
import type { Parcel } from "../rpc.ts";

/** How a data set is cut. Shares of rows; what is left is train. */
export type SplitSettings = Required<Omit<SplitOptions, "testRows" | "testReal" | "sources">> & {
  /** False: of real questions that were given with written ones a share is the test, and the others train. Absent: all are the test. */
  testReal?: false;
};

/** What lists show of a data set; no texts. */
export interface DatasetSummary {
  id: string;
  name: string;
  /** ISO 8601 */
  createdAt: string;
  rows: number;
  /** Lines of the files that are lost. */
  badLines: number;
  /** What keeps it from training, as an order to the person; null when it can be used. */
  missing: string | null;
}

/** What the reading of a file says about it. */
export type FileView = Omit<ParsedDataset, "rows" | "badLines" | "corpus">;

/** A bad line and the file it stands in. */
export interface FileBadLine extends BadLine {
  file: string;
}

export interface NamedFile {
  file: Blob;
  name: string;
}

/** What a data set is created with. */
export interface NewDataset {
  id: string;
  /** ISO 8601 */
  createdAt: string;
  /** Where imported pairs came from; absent for a person's own file. */
  provenance?: Provenance;
}

/** A row as the preview shows it: texts cut, only the first of each kind. */
export interface PreviewRow {
  line: number;
  query: string;
  positive: string;
  morePositives: number;
  negative: string | null;
  moreNegatives: number;
}

/** Sides of a split by their sizes. */
export interface SplitView {
  seed: number;
  hash: string;
  train: number;
  dev: number;
  test: number;
  /** Rows on no side, because they share a text with the test file. */
  left: number;
  /** Groups of rows tied by shared texts. */
  groups: number;
}

/** Mined hard negatives as the page shows them. */
export interface MinedView {
  made: MiningSettings;
  /** Wrong documents in all, and the queries that have any. */
  negatives: number;
  queriesWithNegatives: number;
  /** Queries that were looked at. */
  queries: number;
  /** The closest to their query first; `suspected` counts those that are not listed, too. */
  suspects: Suspect[];
  suspected: number;
}

/**
 * What the page holds of a data set: its id, counts, what was decided, and a few rows to look at. The rows themselves stay in the
 * data worker and in its storage; after a crash of the worker they are read again.
 */
export interface DatasetView {
  summary: DatasetSummary;
  file: FileView;
  /** A file of its own for the test; `dev` of its rows are for dev. */
  test: { name: string; rows: number; dev: number } | null;
  corpus: { name: string; documents: number } | null;
  /** Real questions that were given beside written ones are the test. */
  realTest: boolean;
  /** Documents beside those of the pairs, from every file. */
  extraDocuments: number;
  /** Changes with the rows, and with nothing else. */
  revision: number;
  preview: PreviewRow[];
  /** Whether any row has a hard negative. */
  hasNegatives: boolean;
  /** The first bad lines; {@link DataService.badLines} has the rest. */
  badLines: FileBadLine[];
  /** Bad records in all (each may take several lines), and how many of the files have any. */
  badRecords: number;
  filesWithBadLines: number;
  leaveOut: boolean;
  columnsConfirmed: boolean;
  settings: SplitSettings;
  /** Whether every row says when it was judged, so that the newest can be the test. */
  timed: boolean;
  /** Where imported pairs came from; null for a person's own file. */
  provenance: Provenance | null;
  excluded: LeftOutPair[];
  decided: { droppedRows: number; droppedNegatives: number; kept: string[] };
  /** What the person has to decide before a split is made, as an order; null when nothing is open. */
  undecided: string | null;
  split: SplitView | null;
  mined: MinedView | null;
  /** Why it could not be stored, so that it is gone when the page closes; null when it is stored. */
  unsaved: Problem | null;
}

/** A finding without the rows it speaks of. */
export interface FindingView extends Pick<Finding, "code" | "severity" | "sentence" | "advice" | "count"> {
  /** The first line numbers, and how many there are. */
  lines: number[];
  lineCount: number;
  choices: { id: string; label: string; effect: Finding["choices"][number]["effect"]["type"] }[];
}

export interface ReportView extends Omit<DoctorReport, "findings"> {
  findings: FindingView[];
}

/** What a person may decide about a data set; each opens the split again. */
export type Decision =
  | { type: "confirm-columns" }
  | { type: "leave-out-bad-lines" }
  /** A choice that the last report offers on the finding of that code. */
  | { type: "choose"; code: string; choice: string }
  /** Takes back every choice made about findings and left out pairs. */
  | { type: "take-all-in" }
  /** Leaves out the rows of exactly these pairs. */
  | { type: "leave-out-pairs"; pairs: readonly LeftOutPair[] }
  | { type: "split-settings"; settings: SplitSettings }
  | { type: "remove-file"; which: "test" | "corpus" };

/** Sizes of a retrieval task. */
export interface TaskSize {
  queries: number;
  documents: number;
}

/** What a run on a data set would learn from, in figures. */
export interface RunData {
  identity: DatasetIdentity;
  splitHash: string;
  examples: number;
  dev: TaskSize | null;
  test: TaskSize;
}

/** Tokens of texts, prompt and end token included, before any is cut. */
export interface TokenCounts {
  queries: Int32Array;
  documents: Int32Array;
  /** How many texts there are, the uncounted ones included. */
  texts: number;
}

/** Where a task comes from: a side of a run, or the queries of train and dev on which sentences are tried before training. */
export type TaskRef = { run: string; side: "dev" | "test" } | { dataset: string };

export type ReadProgress = (progress: ParseProgress) => void;

/**
 * The keeper of all rows and texts: it reads files, holds and stores what is in them, and answers with figures and small windows.
 * What the engine learns from goes to it in sealed parcels. Errors arrive as `StudioError`: `aborted` after an abort,
 * `dataset-missing` for an id that is not stored, and what the single calls name.
 */
export interface DataService {
  list(): Promise<DatasetSummary[]>;
  open(id: string): Promise<DatasetView>;
  /** Whether an archive holds a BEIR set. @throws StudioError `archive-damaged` */
  isSet(file: NamedFile): Promise<boolean>;
  /**
   * Reads a file of pairs, or a BEIR set (its files, or an archive of them), and keeps it as a new data set.
   *
   * @throws StudioError those of `parseDataset` and `parseBeir`
   */
  add(
    files: readonly NamedFile[],
    made: NewDataset,
    onProgress: ReadProgress,
    signal: AbortSignal,
  ): Promise<DatasetView>;
  /** Reads a data set's file again with these columns and scores; `confirmed` says that the person stands by the columns. */
  chooseColumns(
    id: string,
    choice: ColumnChoice,
    confirmed: boolean,
    onProgress: ReadProgress,
    signal: AbortSignal,
  ): Promise<DatasetView>;
  /**
   * Adds test pairs, as a file or a BEIR set. A file is read by the columns of the main file; what it has otherwise must speak
   * for itself.
   *
   * @throws StudioError `test-columns-unclear`
   */
  addTest(id: string, files: readonly NamedFile[], onProgress: ReadProgress, signal: AbortSignal): Promise<DatasetView>;
  /** Adds documents of a corpus. */
  addCorpus(id: string, corpus: NamedFile, onProgress: ReadProgress, signal: AbortSignal): Promise<DatasetView>;
  decide(id: string, decision: Decision): Promise<DatasetView>;
  /** `onProgress` gets the share that is done, 0 … 1. An abort ends the worker, and with it all that is under way. */
  examine(
    id: string,
    maxTokens: number,
    onProgress: (share: number) => void,
    signal: AbortSignal,
  ): Promise<{ report: ReportView; dataset: DatasetView }>;
  /** @throws StudioError those of `splitDataset` */
  split(id: string): Promise<DatasetView>;
  remove(id: string): Promise<void>;
  /** Bad lines of all its files, by place. */
  badLines(id: string, from: number, to: number): Promise<FileBadLine[]>;
  /** Bad lines as files for the person, one for each file that has any. */
  badLineFiles(id: string): Promise<{ name: string; file: Blob }[]>;
  /** Which of these pairs the files hold, whatever was decided about them. */
  holds(id: string, pairs: readonly LeftOutPair[]): Promise<boolean[]>;
  /** Counts the tokens of at most so many texts of each kind, evenly spread, as a base reads them under a task sentence. */
  tokenLengths(id: string, base: BaseRef, instruction: string | null, most: number): Promise<TokenCounts>;

  /** The texts to embed before mining, those of the train side and of the extra corpus, and how deep to rank them. */
  miningTexts(
    id: string,
    settings: Pick<MiningSettings, "numNegatives" | "relativeMargin">,
  ): Promise<{ depth: number; texts: Parcel<QueriesAndDocuments> }>;
  /** Keeps what was mined. @throws StudioError `dataset-changed` when the split is another by now */
  keepMined(
    id: string,
    splitHash: string,
    made: MiningSettings,
    nearest: Parcel<NearestDocuments>,
  ): Promise<DatasetView>;
  /** A second time the same verdict takes it back. */
  judgeSuspect(
    id: string,
    suspect: Pick<Suspect, "query" | "document">,
    verdict: NonNullable<Suspect["verdict"]>,
  ): Promise<DatasetView>;
  dropMined(id: string): Promise<DatasetView>;

  /**
   * What a run would learn from. With `keep`, its texts are stored for the run of that id.
   *
   * @throws StudioError `dataset-undecided`
   */
  prepareRun(id: string, instruction: string, keep: { runId: string; base: BaseRef } | null): Promise<RunData>;
  /** What a run learns from, of a stored run or as a data set stands. @throws StudioError `run-texts-missing` */
  runTexts(of: { run: string } | { dataset: string }): Promise<Parcel<PackedRunTexts>>;
  /** The base a run was begun with, and its dev task; null when its texts are not stored. */
  storedRun(runId: string): Promise<{ base: BaseRef; dev: TaskSize | null } | null>;
  task(of: TaskRef): Promise<TaskSize & { task: Parcel<RetrievalTask> }>;
  /** The queries of a run's test, or of its dev side. */
  queries(runId: string, side?: "dev" | "test"): Promise<TaskQuery[]>;
  /** By which the queries of a run's test can be parted. */
  columns(runId: string): Promise<TaskColumn[]>;
  /** The test of a data set as a file that the server measures an import on. @throws StudioError `dataset-undecided`, `test-empty` */
  importTest(datasetId: string): Promise<ArtifactFile>;
  /** Documents of a run's test by their places in its corpus. */
  documents(runId: string, places: readonly number[]): Promise<string[]>;
  /** The test as a file for other tools: relevance, or the texts behind the ids. */
  taskFile(runId: string, form: "qrels" | "queries" | "corpus"): Promise<Blob>;
  /** A ranking of the test as a TREC run, by the same ids. */
  rankingFile(runId: string, evaluation: RetrievalEvaluation): Promise<Blob>;
  /** Scores another system's TREC run file on a run's test. @throws StudioError those of `readTrecRun`, `run-too-large` */
  externalRun(runId: string, file: NamedFile): Promise<ExternalRun>;
  bm25(of: TaskRef): Promise<RetrievalEvaluation>;
  compare(baseline: RetrievalEvaluation, tuned: RetrievalEvaluation): Promise<Comparison[]>;
}
