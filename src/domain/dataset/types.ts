/** One row of the person's file: a query, the documents that answer it, and known hard negatives. */
export interface PairRow {
  /** 1-based line (JSONL), record (CSV, Parquet) or position in the file. */
  line: number;
  query: string;
  /** At least one. */
  positives: string[];
  negatives: string[];
}

/** A line that could not become a row. Nothing is dropped silently: each is kept and shown. */
export interface BadLine {
  line: number;
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
  /** How the bytes were read; set by the parser. */
  format?: FileFormat;
  /** Every column seen in the file, in order, from which another query or document column may be chosen. */
  columns?: string[];
}

/** What the bytes of a file are, after unpacking. */
export type FileFormat = "jsonl" | "json" | "csv" | "tsv" | "parquet" | "text";

/** How the columns of a file were read. */
export interface Dialect {
  /** `query/positive`, `anchor/positive/negative`, `sentence pairs`, `queries/corpus/relevant_docs`, … */
  name: string;
  query: string;
  positive: string;
  negative: string[];
  /** The names said nothing, the first two text columns were taken: ask the person before going on. */
  guessed?: boolean;
}

/** A training example: what MultipleNegativesRankingLoss sees. */
export interface TrainingExample {
  query: string;
  positive: string;
  negatives: string[];
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
