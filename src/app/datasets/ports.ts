import type { MinedLabels, ParsedCorpus, SplitOptions } from "../../domain/dataset/index.ts";
import type { ParsedDataset, Split } from "../../domain/dataset/types.ts";

export type { DataRows, DataService, NamedFile, PairReading } from "../../worker/data/protocol.ts";

/** How a data set is cut. Shares of rows; what is left is train. */
export type SplitSettings = Required<Omit<SplitOptions, "testRows">>;

/** A pair that the person left out, by its texts. */
export interface LeftOutPair {
  query: string;
  positives: readonly string[];
}

/** What the person chose about the doctor's findings. Lines are those of the main file. */
export interface Decisions {
  /** Rows by their line; of the further rows of a line with several queries by `line/part`. */
  droppedLines: (number | string)[];
  droppedNegatives: { line: number; text: string }[];
  /** Findings that were looked at and kept. */
  kept: string[];
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
  /** The file itself, so that it can be read again with other columns; of a set all its files, one behind the other. */
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
  decisions: Decisions;
  /** Hard negatives mined for the present rows and split; any change of those drops them. */
  mined?: MinedLabels | null;
  /** Findings of the last report that wait for a choice; null before the first report. */
  open: string[] | null;
}

/** Data sets, kept over reloads. */
export interface DatasetStorage {
  list(): Promise<StoredDatasetSummary[]>;
  load(id: string): Promise<StoredDataset | null>;
  /** `contents` says whether the files' contents changed too; writing them is what takes time. */
  put(dataset: StoredDataset, contents: boolean): Promise<void>;
  remove(id: string): Promise<void>;
}
