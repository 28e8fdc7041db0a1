import type { ParsedDataset, Split } from "../domain/dataset/types.ts";

/** How a data set is cut. Shares of rows; what is left is train. */
export interface SplitSettings {
  seed: number;
  dev: number;
  test: number;
}

/** What lists show of a data set; no texts. */
export interface StoredDatasetSummary {
  id: string;
  name: string;
  /** ISO 8601 */
  createdAt: string;
  rows: number;
  badLines: number;
  /** Whether the person decided what happens to the bad lines, and a split exists: training may use it. */
  ready: boolean;
}

/** A data set as the browser keeps it, texts and all. It never leaves the browser in this form. */
export interface StoredDataset {
  summary: StoredDatasetSummary;
  parsed: ParsedDataset;
  /** The person chose to leave the bad lines out. Meaningless without bad lines. */
  leaveOut: boolean;
  settings: SplitSettings;
  split: Split | null;
  /** A separate test file: its rows are the test side, none of the main file's are. */
  test: ParsedDataset | null;
  /** Documents of a separate corpus file. */
  corpus: { fileName: string; texts: string[] } | null;
  /** Row indices that the person excluded, for instance from Inspect. */
  excluded: number[];
  /** SHA-256 over texts, labels and instruction. */
  fingerprint: string;
}

/** Data sets, kept over reloads. */
export interface DatasetStorage {
  list(): Promise<StoredDatasetSummary[]>;
  load(id: string): Promise<StoredDataset | null>;
  put(dataset: StoredDataset): Promise<void>;
  remove(id: string): Promise<void>;
}
