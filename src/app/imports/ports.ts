import type {
  FeedbackPairs,
  FeedbackRequest,
  LangfuseDatasets,
  LangfuseLine,
  LangfusePairsRequest,
  LangfusePreview,
  LangfuseScores,
} from "../../domain/api/index.ts";

/** Langfuse as the server reads it. Failures are `StudioError`s: `server-unreachable`, or the server's own. */
export interface LangfuseClient {
  datasets(): Promise<LangfuseDatasets>;
  scores(from: string, to: string): Promise<LangfuseScores>;
  preview(
    request: Pick<LangfusePairsRequest, "source"> & { mapping: LangfusePairsRequest["mapping"] | null },
    signal: AbortSignal,
  ): Promise<LangfusePreview>;
  /** Lines as they come; a line may be a problem, after which nothing comes. */
  pairs(request: LangfusePairsRequest, signal: AbortSignal): AsyncIterable<LangfuseLine>;
}

/** Feedback on searches as the server takes it and makes pairs of it. */
export interface FeedbackClient {
  send(feedback: FeedbackRequest): Promise<void>;
  pairs(): Promise<FeedbackPairs>;
}
