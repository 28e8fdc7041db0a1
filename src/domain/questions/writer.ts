/** What a language model is asked for one passage: the same for every writer. */
export interface ChatPrompt {
  system: string;
  user: string;
  /** JSON schema of the answer, for writers that can be held to one. */
  schema: Record<string, unknown>;
  /** Tokens of the answer, at most. */
  maxTokens: number;
  /** For writers that draw: the same seed gives the same answer where the model allows it. */
  seed: number;
}

/** What came back. Whether it holds questions is for `parseAnswer` to say. */
export interface ChatAnswer {
  text: string;
  /** As the model counted; null where it does not say. */
  inputTokens: number | null;
  outputTokens: number | null;
}

/**
 * A language model that writes: an endpoint, the studio's server, or a model in the page.
 * Errors of `ask`: a `FatalWriterError` ends the run (wrong key, no such model, nothing listens); any other StudioError costs
 * this passage alone; an abort is thrown on.
 */
export interface Writer {
  kind: "endpoint" | "page";
  /** Name of the model. Goes into the provenance, so it holds no host and no key. */
  model: string;
  /** Prompts that may be under way at once. */
  concurrency: number;
  ask(prompt: ChatPrompt, signal: AbortSignal): Promise<ChatAnswer>;
}
