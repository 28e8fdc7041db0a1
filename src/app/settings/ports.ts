import type { FeedbackState } from "../../domain/api/index.ts";
import type { LangfuseStatus } from "../../domain/telemetry/experiment.ts";

/** What the server says about itself; null parts are unknown. */
export interface ServerStatus {
  /** `slow`: it took the question and has not answered in time. `down`: nothing of the studio's answers there. */
  state: "up" | "degraded" | "failed" | "slow" | "down";
  /** What is wrong with it, in words; null when all is well or nothing is known. */
  detail: string | null;
  /** Version in production, or null for the baseline. */
  production: { version: string; name: string } | null;
  /** The language model that writes questions for the page; null without one. */
  generation: { model: string } | null;
  /** What reranks the server's searches, how many passages of each, and whether it does unasked. */
  rerank: { model: string; top: number; byDefault: boolean } | null;
  /** The way to Langfuse; null when the server did not say. */
  langfuse: LangfuseStatus | null;
  /** Whether it keeps questions of searches; null when it did not say. */
  feedback: FeedbackState | null;
}

export interface ServerProbe {
  /** Never rejects: a server that does not answer is a status. */
  status(signal: AbortSignal): Promise<ServerStatus>;
}
