export type DatasetReport = Record<string, unknown>;
import type { Dialect, PairRow, ParsedDataset, Split, TrainingExample } from "../domain/dataset/types.ts";
import type { RetrievalEvaluation, Comparison, RetrievalTask } from "../domain/evaluation/types.ts";
import type { ParsedCorpus, ParseProgress } from "../domain/dataset/index.ts";

/** How a data set is cut. Shares of rows; what is left is train. */
export interface SplitSettings {
  seed: number;
  dev: number;
  test: number;
  /** Whether near duplicates count as one text, so that they stand on one side. */
  nearDuplicates: boolean;
  /** `ignore`: hard negatives that many queries share do not tie these together. */
  negatives: "join" | "ignore";
  /** Rows that share a text with a separate test file: refuse the split, or leave them on no side. */
  leaks: "refuse" | "leave-out";
}

/** A pair that the person left out, by its texts. */
export interface LeftOutPair {
  query: string;
  positives: readonly string[];
}

/** What lists show of a data set; no texts. */
export interface StoredDatasetSummary {
  id: string;
  name: string;
  /** ISO 8601 */
  createdAt: string;
  rows: number;
  badLines: number;
  /** What keeps it from training, as an order to the person; null when it can be used. */
  missing: string | null;
}

/** A data set as the browser keeps it, texts and all. It never leaves the browser in this form. */
export interface StoredDataset {
  summary: StoredDatasetSummary;
  /** The file itself, so that it can be read again with other columns. */
  source: Blob;
  parsed: ParsedDataset;
  /** The person chose to leave the bad lines out; meaningless without bad lines. */
  leaveOut: boolean;
  /** The person confirmed columns that were only guessed. */
  columnsConfirmed: boolean;
  settings: SplitSettings;
  split: Split | null;
  /** A separate test file: its rows are the test side, and none of the main file's are. */
  test: ParsedDataset | null;
  /** Documents of a separate corpus file. */
  corpus: ParsedCorpus | null;
  /** Pairs that the person left out, for instance after Inspect. */
  excluded: LeftOutPair[];
}

/** Data sets, kept over reloads. */
export interface DatasetStorage {
  list(): Promise<StoredDatasetSummary[]>;
  load(id: string): Promise<StoredDataset | null>;
  put(dataset: StoredDataset): Promise<void>;
  remove(id: string): Promise<void>;
}

/** The rows of a data set in the one order that split and report refer to: the main file's, then the test file's. */
export interface DatasetRows {
  rows: PairRow[];
  /** How many of the last rows are a separate test file's. */
  testRows: number;
  corpus: readonly string[];
}

/** The heavy part of data work; it runs in a worker. */
export interface DataService {
  parse(
    file: Blob,
    name: string,
    dialect: Dialect | null,
    onProgress: (progress: ParseProgress) => void,
  ): Promise<ParsedDataset>;
  parseCorpus(file: Blob, name: string, onProgress: (progress: ParseProgress) => void): Promise<ParsedCorpus>;
  examine(data: DatasetRows): Promise<DatasetReport>;
  split(data: DatasetRows, settings: SplitSettings): Promise<Split>;
  /** SHA-256 over texts, labels and instruction. */
  fingerprint(data: DatasetRows, instruction: string): Promise<string>;
  /** What training and scoring take. */
  tasks(
    data: DatasetRows,
    split: Split,
  ): Promise<{ examples: TrainingExample[]; dev: RetrievalTask | null; test: RetrievalTask }>;
  bm25(task: RetrievalTask): Promise<RetrievalEvaluation>;
  compare(task: RetrievalTask, baseline: RetrievalEvaluation, tuned: RetrievalEvaluation): Promise<Comparison[]>;
}
