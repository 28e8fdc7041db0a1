import type { DatasetIdentity } from "../dataset/types.ts";
import type { Comparison, RetrievalEvaluation, RetrievalTask } from "../evaluation/types.ts";
import type {
  DevScore,
  DeviceReport,
  EarlyStop,
  Hyperparameters,
  SelfTestReport,
  StepReport,
} from "../training/types.ts";
import type { Problem } from "../errors.ts";

/** One training run as the page keeps it (IndexedDB). It survives a reload; texts never leave the browser with it. */
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
  steps: StepReport[];
  dev: DevScore[];
  /** Absent when the run went on to its last step, or to a stop by hand. */
  earlyStop?: EarlyStop;
  /** The test task with its texts, for Compare and Inspect. */
  task: RetrievalTask;
  baseline: RetrievalEvaluation | null;
  tuned: RetrievalEvaluation | null;
  bm25: RetrievalEvaluation | null;
  comparisons: Comparison[];
  /** Whether the artifact lies in OPFS under `runs/<id>/artifact/`, and what it is. */
  artifact: { fingerprint: string; bytes: number; files: number } | null;
  /** Version in the server's registry once promoted or uploaded. */
  registryVersion: string | null;
  /** Where its spans are; absent in records of earlier versions. */
  trace?: RunTraceRecord;
}

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
