/**
 * `blocking`: training must wait for a choice (or for other data, where no choice is offered). `warning`: worth a
 * decision. `info`: good to know.
 */
export type Severity = "blocking" | "warning" | "info";

export type FindingCode =
  | "bad-lines"
  | "test-only"
  | "columns-guessed"
  | "score-open"
  | "scores-applied"
  | "read-leniently"
  | "no-rows"
  | "too-few-pairs"
  | "few-pairs"
  | "one-query"
  | "one-group"
  | "large-group"
  | "test-leak"
  | "conflicting-labels"
  | "query-equals-document"
  | "query-is-document"
  | "duplicate-rows"
  | "near-duplicate-rows"
  | "near-duplicate-texts"
  | "truncated"
  | "mixed-languages"
  | "personal-data";

/** What choosing something does; indices into the examined rows. Nothing happens without a choice. */
export type Effect =
  | { type: "keep" }
  | { type: "drop-bad-lines" }
  | { type: "drop-rows"; rows: number[] }
  | { type: "drop-negatives"; negatives: { row: number; negative: number }[] };

export interface Choice {
  /** Stable within its finding. */
  id: string;
  /** A button's text. */
  label: string;
  effect: Effect;
}

export interface Finding {
  code: FindingCode;
  severity: Severity;
  /** What was found, in one plain sentence with its number. */
  sentence: string;
  /** Why it matters and what to do. */
  advice: string;
  /** How many (lines, rows, texts) the sentence speaks of. */
  count: number;
  /** Affected rows, indices into the examined rows. */
  rows: number[];
  /** Their line numbers in the file, or those of the bad lines. */
  lines: number[];
  /** Rows that belong together, where that says more. */
  groups?: number[][];
  /** The first is what is suggested. Empty: only other data helps, or there is nothing to decide. */
  choices: Choice[];
}

/** Lengths of one kind of text. */
export interface LengthSummary {
  unit: "tokens" | "estimated tokens";
  count: number;
  min: number;
  median: number;
  p95: number;
  max: number;
  /** Equal bins from 0 to the 99th percentile; the last one also holds everything above it. */
  histogram: { from: number; to: number; count: number }[];
}

export interface LanguageShare {
  language: string;
  share: number;
}

export interface DoctorReport {
  rows: number;
  /** Rows that a file of their own keeps for the test, and for dev. */
  testRows: number;
  devRows: number;
  /** Lines of the file that are lost; a bad record may take several. */
  badLines: number;
  blankLines: number;
  distinctQueries: number;
  distinctDocuments: number;
  /** Independent groups of rows (connected components); the largest one's share of the rows. */
  groups: number;
  largestGroup: number;
  lengths: { queries: LengthSummary; documents: LengthSummary };
  /** Rough, from scripts and frequent words of at most 5,000 rows. */
  languages: { queries: LanguageShare[]; documents: LanguageShare[] };
  /** The change of recall (0…1) that a test side of one fifth of the groups could show. */
  detectableEffect: number;
  /** Most severe first. */
  findings: Finding[];
  seconds: number;
}

/** Token counts with prompt and end token, aligned with `lengthTexts`. */
export interface TokenLengths {
  queries: ArrayLike<number>;
  documents: ArrayLike<number>;
}
