/** What the page sees of data sets, and what it may decide about them: figures and small windows, never all rows. */
import type { Problem } from "../../domain/errors.ts";
import type { DoctorReport, Finding, MiningSettings, SplitOptions, Suspect } from "../../domain/dataset/index.ts";
import type { Provenance } from "../../domain/dataset/provenance.ts";
import type { LeftOutPair } from "../../domain/dataset/leftOut.ts";
import type { BadLine, DatasetIdentity, ParsedDataset } from "../../domain/dataset/types.ts";

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
