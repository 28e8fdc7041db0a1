import type { MinedLabels, ParsedCorpus } from "../../domain/dataset/index.ts";
import type { LeftOutPair } from "../../domain/dataset/leftOut.ts";
import type { Provenance } from "../../domain/dataset/provenance.ts";
import type { ParsedDataset, Split } from "../../domain/dataset/types.ts";
import type { Problem } from "../../domain/errors.ts";
import type { PackedRunTexts } from "../../domain/run/texts.ts";
import type { DatasetSummary, SplitSettings } from "./protocol.ts";

/** What the data worker keeps in the browser's storage, and the ports through which it does. */

/** What the person chose about the doctor's findings. Lines are those of the main file. */
export interface Decisions {
  /** Rows by their line; of the further rows of a line with several queries by `line/part`. */
  droppedLines: (number | string)[];
  droppedNegatives: { line: number; text: string }[];
  /** Findings that were looked at and kept. */
  kept: string[];
}

/** A data set, texts and all. It never leaves the browser in this form. */
export interface StoredDataset {
  summary: DatasetSummary;
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
  /** Counts the changes of its rows; absent in records of earlier versions. */
  revision?: number;
  /** Where imported pairs came from; absent for a person's own file. */
  provenance?: Provenance;
  /** Why it could not be stored: it is here until the page closes. Absent when it is stored. */
  unsaved?: Problem;
}

/** Data sets, kept over reloads. */
export interface DatasetStorage {
  list(): Promise<DatasetSummary[]>;
  load(id: string): Promise<StoredDataset | null>;
  /** `contents` says whether the files' contents changed too; writing them is what takes time. */
  put(dataset: StoredDataset, contents: boolean): Promise<void>;
  remove(id: string): Promise<void>;
}

/** What runs learn from and are judged by, kept so that a run can go on even when its data set was removed meanwhile. */
export interface RunTextStorage {
  save(runId: string, texts: PackedRunTexts): Promise<void>;
  /** Null when the run has none. What earlier versions stored comes in today's form. */
  load(runId: string): Promise<PackedRunTexts | null>;
}
