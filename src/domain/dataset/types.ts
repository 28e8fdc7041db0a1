import type { Provenance } from "./provenance.ts";

/** One row of the person's file: a query, the documents that answer it, and known hard negatives. */
export interface PairRow {
  /** 1-based line of the file; in a JSON list or a Parquet file the position. */
  line: number;
  /** 1, 2, … for the further rows of a line that holds several queries. */
  part?: number;
  query: string;
  /** What its set calls the query; absent in files without ids. */
  id?: string;
  /** At least one. */
  positives: string[];
  /** How right each positive is, above 0, in their order; absent where all are alike. */
  grades?: number[];
  negatives: string[];
  /** A teacher's scores, in the order of the texts; null, or missing at the end, where it has none. Absent in a file without any. */
  teacher?: { positives: (number | null)[]; negatives: (number | null)[] };
  /** Short values of further columns, by which results can be parted: source, language, product. */
  about?: Readonly<Record<string, string>>;
  /** Its file names it a dev question; absent for rows that are cut by shares. */
  side?: "dev";
  /** Absent for what people asked. Generated and weak ones are never the test where there are real ones. */
  origin?: "generated" | "weak";
  /** The document that the question was written from; rows of one document stand on one side of a split. */
  sourceDocument?: string;
  /** When it was judged in use, milliseconds since 1970; absent in a file that does not say. */
  judgedAt?: number;
}

/** A line that could not become a row. Nothing is dropped silently: each is kept and shown. */
export interface BadLine {
  line: number;
  /** Lines of the file that are lost with it, where it is more than one. */
  lines?: number;
  /** The raw text, cut to 400 characters. Shown to the person, never logged. */
  text: string;
  /** Stable reason: `not-json`, `missing-query`, `empty-positive`, … */
  code: string;
  /** The reason as a sentence. */
  reason: string;
}

/** What a parsed file holds. */
export interface ParsedDataset {
  fileName: string;
  bytes: number;
  /** The recognized field dialect, for confirmation by the person. */
  dialect: Dialect;
  rows: PairRow[];
  badLines: BadLine[];
  /** Blank lines are legal in JSONL; they are counted, not reported as bad. */
  blankLines: number;
  /** Extra documents of a dropped corpus (or of a `queries/corpus` file). */
  corpus: string[];
  /** What the set calls each text of `corpus`, in its order; absent in files without ids. */
  corpusIds?: string[];
  /** How the bytes were read; set by the parser. */
  format?: FileFormat;
  /** Every column seen in the file, in order, from which another query or document column may be chosen. */
  columns?: string[];
  /** Columns of short values that come again, by which results can be parted. */
  kinds?: string[];
  /** What stands in the score column, if there is one. */
  scores?: ScoreSummary;
  /** It is named a test: a choice is wanted before it is trained on. */
  testOnly?: boolean;
  /** What the score rule did; absent without one. */
  graded?: Graded;
  /** What was read although it is not quite the format, in sentences. */
  notes?: string[];
}

/** What the bytes of a file are, after unpacking. */
export type FileFormat = "jsonl" | "json" | "csv" | "tsv" | "parquet" | "text";

/** How the columns of a file were read. */
export interface Dialect {
  /** `query/positive`, `anchor/positive/negative`, `sentence pairs`, `queries/corpus/relevant_docs`, … */
  name: string;
  query: string;
  /** Where it is not empty it is put behind the query, on a line of its own: the `input` of an instruction. */
  queryInput?: string;
  positive: string;
  negative: string[];
  /** Where a teacher's scores of the documents stand. */
  teacher?: { positive?: string; negative?: string };
  /** From which score on a pair is a match; null: scores are not looked at. Absent: there are none, or see `doubts`. */
  score?: ScoreRule | null;
  /** Something was taken that only the person can know: ask before going on. `doubts` says what. */
  guessed?: boolean;
  doubts?: ColumnDoubt[];
}

/**
 * What only the person can say. `names`: no name tells the query or the document; `documents`: several columns could be
 * the document; `ids`: the query or the document looks like ids; `score`: pairs carry scores, and it is open from which
 * one on a pair is a match.
 */
export type ColumnDoubt = "names" | "documents" | "ids" | "score";

/** Documents with at least `min` answer their query. Those below `negativeBelow` are hard negatives, the rest is left out. */
export interface ScoreRule {
  column: string;
  min: number;
  /** Null leaves out all that is below `min`. */
  negativeBelow: number | null;
}

export interface ScoreSummary {
  column: string;
  /** Documents with a score, and without. */
  count: number;
  missing: number;
  min: number;
  max: number;
  /** Each value and how often it stands there, when there are few. */
  values?: [value: number, count: number][];
  /** A usual threshold on this scale, to begin with. */
  suggested: number;
}

/** Documents by what the score rule made of them. */
export interface Graded {
  matches: number;
  negatives: number;
  /** Between the thresholds, or low and left out by choice. */
  leftOut: number;
  /** Low, and no row has a right document for the query that they could be a hard negative of. */
  unmatched: number;
  /** First lines (at most 100) that are left out or unmatched. */
  lines: number[];
}

/** A training example: what MultipleNegativesRankingLoss sees. */
export interface TrainingExample {
  query: string;
  positive: string;
  negatives: string[];
  /** A teacher's scores of the positive, then of the negatives; null where it has none. */
  scores?: (number | null)[];
}

/** Texts by how a model reads them. */
export interface QueriesAndDocuments {
  queries: string[];
  documents: string[];
}

/** Row indices of each side; no normalized text stands on two sides. */
export interface Split {
  seed: number;
  train: number[];
  dev: number[];
  test: number[];
  /** SHA-256 over the seed and the text fingerprints of the sides. */
  hash: string;
  /** Connected component of each row, for the clustered bootstrap. */
  component: number[];
}

/** Fixes what a data set *is*: texts, labels and instruction; no raw text in it. */
export interface DatasetIdentity {
  name: string;
  /** SHA-256, stable under row order and JSON key order. */
  fingerprint: string;
  rows: number;
  /** Absent when only the file's own negatives were learnt from. */
  mining?: MiningRecord;
  /** Absent for a person's own file. */
  provenance?: Provenance;
}

/** Hard negatives that the base found for a run. The fingerprint covers them. */
export interface MiningRecord {
  numNegatives: number;
  relativeMargin: number;
  /** Negatives over all queries, and what the person decided about suspects. */
  negatives: number;
  accepted: number;
  rejected: number;
}
