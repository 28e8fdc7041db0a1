import type { ChatMessage } from "../../domain/questions/messages.ts";

/** What a model said, counted in its own tokens. */
export interface Generated {
  text: string;
  inputTokens: number;
  outputTokens: number;
}

/** Asks a model that is loaded. @throws StudioError `page-memory`, `page-device-lost`, `page-model-failed`; an abort is thrown on */
export type Generate = (
  messages: readonly ChatMessage[],
  options: { maxNewTokens: number; signal: AbortSignal },
) => Promise<Generated>;

/**
 * A language model in a worker of its own. After `page-memory` or `page-device-lost` the worker is of no more use and is closed;
 * the next one starts afresh. Nothing that it is asked leaves it.
 */
export interface GeneratorService {
  /**
   * Brings the model's files into this browser's storage, once, and loads it.
   *
   * @param host  address of the hub; null for Hugging Face
   * @param onProgress  bytes stored and bytes in all
   * @returns whether it runs on the processor, for want of a GPU that is not only imitated: slowly
   * @throws StudioError those of the hub's download, `page-memory`, `page-runtime-failed`
   */
  load(
    host: string | null,
    onProgress: (done: number, total: number) => void,
    signal: AbortSignal,
  ): Promise<{ slow: boolean }>;
  generate(messages: readonly ChatMessage[], maxNewTokens: number, signal: AbortSignal): Promise<Generated>;
}
