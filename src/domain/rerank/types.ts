/** What judges passages by reading each together with the question: a cross-encoder, here or behind an endpoint. */
export interface Reranker {
  /** As people are shown it. */
  readonly name: string;
  /**
   * One finite score a text, in order; higher is better, on a scale of the model's own.
   *
   * @throws StudioError `rerank-…`; the signal's reason
   */
  score(query: string, texts: readonly string[], signal: AbortSignal): Promise<number[]>;
}

/** How many of the first passages are reranked unless told otherwise. */
export const RERANK_DEPTH = 50;
