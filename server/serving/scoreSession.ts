import { evaluateRetrieval } from "../../src/domain/evaluation/index.ts";
import type { RetrievalEvaluation, RetrievalTask } from "../../src/domain/evaluation/types.ts";
import { at } from "../../src/domain/present.ts";
import type { Prompts } from "../../src/domain/text/prompts.ts";
import type { TextTokenizer } from "../../src/domain/text/tokenizer.ts";
import type { EmbeddingSession } from "./onnxSession.ts";

/** Texts that onnxruntime embeds at once. */
const BATCH = 16;

export interface ScoreOptions {
  label: string;
  tokenizer: TextTokenizer;
  prompts: Prompts;
  maxTokens: number;
  /** Texts embedded since the last call. */
  onTexts?: (count: number) => void;
  signal?: AbortSignal | undefined;
}

/** Scores a loaded graph on test questions. Texts of similar length share a batch. */
export const scoreSession = async (
  session: EmbeddingSession,
  task: RetrievalTask,
  { label, tokenizer, prompts, maxTokens, onTexts, signal }: ScoreOptions,
): Promise<RetrievalEvaluation> => {
  const { dimension: dim } = session;
  const embed = async (prompt: string, texts: readonly string[]): Promise<Float32Array> => {
    const rows = new Float32Array(texts.length * dim);
    const ids = texts.map((text) => tokenizer.encode(prompt, text, maxTokens));
    const order = [...ids.keys()].sort((a, b) => at(ids, a).length - at(ids, b).length);
    for (let start = 0; start < order.length; start += BATCH) {
      signal?.throwIfAborted();
      const batch = order.slice(start, start + BATCH);
      const vectors = await session.run(batch.map((text) => at(ids, text)));
      batch.forEach((text, i) => rows.set(at(vectors, i), text * dim));
      onTexts?.(batch.length);
    }
    return rows;
  };
  const queries = task.queries.map(({ text }) => text);
  return evaluateRetrieval({
    task,
    queryEmbeddings: await embed(prompts.query, queries),
    corpusEmbeddings: await embed(prompts.document, task.corpus),
    dim,
    label,
  });
};
