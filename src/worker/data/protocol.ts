import type {
  DoctorReport,
  MinedLabels,
  MinedQuery,
  MiningEmbeddings,
  MiningOptions,
  MiningPlan,
  ParsedCorpus,
  ParseOptions,
  ParseProgress,
  SplitOptions,
  TokenLengths,
} from "../../domain/dataset/index.ts";
import type { PairRow, ParsedDataset, Split, TrainingExample } from "../../domain/dataset/types.ts";
import type { Comparison, RetrievalEvaluation, RetrievalTask } from "../../domain/evaluation/types.ts";

/** The rows of a data set in the one order that report and split refer to: the main file's, then the test file's. */
export interface DataRows {
  rows: readonly PairRow[];
  /** How many of the last rows are a separate test file's. */
  testRows: number;
  corpus: readonly string[];
}

export interface NamedFile {
  file: Blob;
  name: string;
}

/** How a file of pairs is read; see `ParseOptions`. */
export type PairReading = Pick<ParseOptions, "dialect" | "lenient">;

/** What the doctor should know beyond the rows. */
export interface ExamineContext extends Partial<
  Pick<ParsedDataset, "badLines" | "blankLines" | "dialect" | "scores" | "graded" | "notes">
> {
  columnsConfirmed?: boolean;
  /** Exact token counts, aligned with `lengthTexts` of the main file's rows. */
  tokenLengths?: TokenLengths;
  maxTokens?: number;
  negatives?: "join" | "ignore";
}

/** What training and scoring take. */
export interface DataTasks {
  /** One example per (query, positive) of the train side. */
  examples: TrainingExample[];
  /** Null when the split has no dev side. */
  dev: RetrievalTask | null;
  test: RetrievalTask;
}

/**
 * Data work that is too heavy for the page's thread. Errors arrive as `StudioError`; `aborted` after an abort of the signal.
 * Row indices in results refer to the rows that were given.
 */
export interface DataService {
  parse(
    file: Blob,
    name: string,
    reading: PairReading,
    onProgress: (progress: ParseProgress) => void,
    signal?: AbortSignal,
  ): Promise<ParsedDataset>;
  /** Reads the three files of a BEIR set as pairs with a corpus. */
  parseSet(
    files: readonly NamedFile[],
    onProgress: (progress: ParseProgress) => void,
    signal?: AbortSignal,
  ): Promise<ParsedDataset>;
  parseCorpus(
    file: Blob,
    name: string,
    onProgress: (progress: ParseProgress) => void,
    signal?: AbortSignal,
  ): Promise<ParsedCorpus>;
  /** `onProgress` gets the share that is done, 0 … 1. An abort ends the worker, and with it all that is under way. */
  examine(
    data: DataRows,
    context?: ExamineContext,
    onProgress?: (share: number) => void,
    signal?: AbortSignal,
  ): Promise<DoctorReport>;
  split(data: DataRows, settings: Omit<SplitOptions, "testRows">): Promise<Split>;
  /** SHA-256 over texts, labels and instruction; an empty instruction is the base's own prompt. */
  fingerprint(data: DataRows, instruction: string): Promise<string>;
  tasks(data: DataRows, split: Split): Promise<DataTasks>;
  /** Queries of train and dev, on which a task sentence is tried with the base before training. */
  instructionTask(data: DataRows, split: Split): Promise<RetrievalTask>;
  bm25(task: RetrievalTask): Promise<RetrievalEvaluation>;
  compare(task: RetrievalTask, baseline: RetrievalEvaluation, tuned: RetrievalEvaluation): Promise<Comparison[]>;
  /** The texts to embed before mining: those of the train side and of the extra corpus. */
  planMining(data: DataRows, split: Split): Promise<MiningPlan>;
  mine(plan: MiningPlan, embeddings: MiningEmbeddings, options?: MiningOptions): Promise<MinedQuery[]>;
  /** The rows with mined negatives and decided suspects; the labels must come from the same rows and split. */
  applyMined(data: DataRows, split: Split, labels: MinedLabels): Promise<PairRow[]>;
}
