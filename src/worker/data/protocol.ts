import type {
  ColumnChoice,
  MiningSettings,
  NearestDocuments,
  ParseProgress,
  Suspect,
} from "../../domain/dataset/index.ts";
import type { LeftOutPair } from "../../domain/dataset/leftOut.ts";
import type { QueriesAndDocuments } from "../../domain/dataset/types.ts";
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
import type {
  DatasetSummary,
  FileBadLine,
  NamedFile,
  NewDataset,
  DatasetView,
  ReportView,
  Decision,
  TaskSize,
  RunData,
  TokenCounts,
  TaskRef,
} from "./views.ts";

export type * from "./views.ts";

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
