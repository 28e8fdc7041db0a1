import type { DatasetIdentity } from "../dataset/types.ts";
import type { Reranked } from "../evaluation/rerank.ts";
import type { Comparison, EvaluationSummary, RetrievalEvaluation, TaskQuery } from "../evaluation/types.ts";
import type {
  DevScore,
  DeviceReport,
  EarlyStop,
  Hyperparameters,
  SelfTestReport,
  StepReport,
} from "../training/types.ts";
import type { Problem } from "../errors.ts";
import type { Retention, RetentionScores } from "../retention/index.ts";

/**
 * One training run as lists show it. It holds no text and does not grow with the steps, so that it can be written often and
 * all of them can be read at once; what is large lies beside it, in {@link RunContents} and {@link RunSeries}.
 */
export interface RunRecord {
  id: string;
  name: string;
  /** ISO 8601 */
  createdAt: string;
  status: "running" | "paused" | "interrupted" | "stopped" | "finished" | "failed";
  problem: Problem | null;
  base: { id: string; revision: string; sha256: string; dim: number };
  dataset: DatasetIdentity;
  splitHash: string;
  hyperparameters: Hyperparameters;
  instruction: string;
  device: DeviceReport | null;
  selfTest: SelfTestReport | null;
  /** What the whole run was to take when it began, in seconds, as measured on this computer; absent where it was not measured. */
  plannedSeconds?: number;
  /** The newest step; null before the first. */
  lastStep: StepReport | null;
  dev: DevSummary;
  /** Absent when the run went on to its last step, or to a stop by hand. */
  earlyStop?: EarlyStop;
  /** Size of the test task. */
  test: { queries: number; documents: number };
  baseline: EvaluationSummary | null;
  tuned: EvaluationSummary | null;
  bm25: EvaluationSummary | null;
  comparisons: Comparison[];
  /** Whether the artifact lies in OPFS under `runs/<id>/artifact/`, and what it is. */
  artifact: { fingerprint: string; bytes: number; files: number } | null;
  /** The run came finished with the studio: it can be looked at and promoted, not gone on with. */
  shipped?: true;
  /** It is another run's adapter at a share of its strength, and was not trained itself. */
  scaledFrom?: { runId: string; strength: number };
  /** What the tuned model still finds of the general set; absent until that was measured. */
  retention?: Retention;
  /** The scores behind it, where the artifact was written before them. */
  generalScores?: RetentionScores;
  /** Version in the server's registry once promoted or uploaded. */
  registryVersion: string | null;
  /** Where its spans are; absent in records of earlier versions. */
  trace?: RunTraceRecord;
}

/** The dev scores that lists and headlines show; the whole curve is in {@link RunSeries}. */
export interface DevSummary {
  /** At step 0, before the first update. */
  baseline: DevScore | null;
  /** The score whose weights are kept. */
  best: DevScore | null;
  last: DevScore | null;
}

/** The curves of a run, in the order of their steps. They are stored in pieces as they come. */
export interface RunSeries {
  steps: StepReport[];
  dev: DevScore[];
}

/** Each test query's result. */
export interface RunResults {
  baseline: RetrievalEvaluation | null;
  tuned: RetrievalEvaluation | null;
  bm25: RetrievalEvaluation | null;
  /** Hybrid search with either model behind a reranker; absent until somebody asked for it. */
  reranked?: Reranked;
}

/** What Compare and Inspect read of a run. Documents are read one by one, where they are shown. */
export interface RunContents extends RunResults {
  queries: TaskQuery[];
}

/** A run with its contents. */
export type WholeRun = RunRecord & RunContents;

/** What is kept of a run's tracing: what comes later (upload, promotion) joins the same trace. */
export interface RunTraceRecord {
  /** W3C trace context of the run's span. */
  traceparent: string;
  /** SHA-256 of the query prompt; null until the base is loaded. */
  promptHash: string | null;
  /** When the test scores were computed, milliseconds since 1970. */
  evaluated: { startedAt: number; endedAt: number } | null;
  /** Where a person opens it in Langfuse; null until the evaluation was sent there. */
  url: string | null;
}
