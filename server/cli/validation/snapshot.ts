import type { Comparison, Metrics } from "../../../src/domain/evaluation/types.ts";

/** What one step of `npm test` came to; `server/setup/test.mjs --json` writes it. */
export interface StepResult {
  name: string;
  succeeded: boolean;
  seconds: number;
  passed: number;
  failed: number;
  skipped: number;
}

/** The report of `server/setup/test.mjs --json`. */
export interface TestReport {
  /** Whether every step ran that `npm test` has. */
  complete: boolean;
  /** Whether the long forms ran (`npm run test:all`). */
  long: boolean;
  seconds: number;
  steps: StepResult[];
}

/** Base and tuned model on one pair of files. Metrics are 0…1. */
export interface Evaluation {
  /** What was trained and scored on, in words; no text of it. */
  data: string;
  /** SHA-256 of the training and the test rows, as `fingerprintDataset` makes them. */
  hashes: { train: string; test: string };
  rows: { train: number; test: number };
  base: { id: string; sha256: string };
  /** The tuned model's fingerprint, from its manifest. */
  fingerprint: string;
  backend: string;
  /** Of the training. */
  steps: number;
  seconds: number;
  queries: number;
  corpus: number;
  bm25: Metrics;
  /** Base against tuned, metric by metric. */
  comparisons: Comparison[];
}

/** One run of `npm run validate`. */
export interface Snapshot {
  /** ISO 8601. */
  startedAt: string;
  /** 40 hex digits, `-dirty` where files differ from it; null outside a repository. */
  commit: string | null;
  version: string;
  machine: { system: string; processor: string; cores: number; memoryGiB: number; node: string; loadBefore: number };
  /** Null when the tests were left out. */
  tests: TestReport | null;
  /** Null when `RUN_EMBEDDING_EVAL=true` was not set, or the evaluation failed. */
  evaluations: Evaluation[] | null;
  /** Why it was set, and there are no evaluations. */
  evaluationProblem?: string;
}
