import type { EmbeddingCache } from "../../domain/embeddingCache.ts";
import { evaluateRankings, truncateAndNormalize, type RankInput } from "../../domain/evaluation/index.ts";
import type { RetrievalEvaluation, RetrievalTask } from "../../domain/evaluation/types.ts";
import type { Prompts } from "../../domain/text/prompts.ts";
import { embedTexts, type LoadedBase } from "../model/base.ts";
import type { AdapterView } from "../model/lora.ts";
import { embedCached } from "./embedCached.ts";
import type { EmbeddingMatrix } from "./embedder.ts";
import { rankOnDevice } from "./rank.ts";

export interface EvaluateOptions {
  /** `baseline` or `tuned`. */
  label: string;
  prompts: Prompts;
  maxTokens: number;
  /** Texts embedded, and texts in all. */
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
  /** Embeddings are cut to so many dimensions and normalized again (Matryoshka); all when absent. */
  dim?: number;
  /** Where embeddings of this model are kept; `identity` tells adapters apart (null: the base). None while weights change. */
  cached?: { cache: EmbeddingCache; identity: string | null } | null;
}

/** Embeds a task's queries and corpus with the base (and adapter), ranks exactly, and scores. */
export const evaluateModel = async (
  base: LoadedBase,
  adapter: AdapterView | null,
  task: RetrievalTask,
  { label, prompts, maxTokens, dim, onProgress, signal, cached = null }: EvaluateOptions,
): Promise<RetrievalEvaluation> => {
  const start = performance.now();
  const total = task.corpus.length + task.queries.length;
  const embed = (kind: "query" | "document", texts: string[], before: number) => {
    const options = {
      kind,
      prompts,
      maxTokens,
      signal,
      onProgress: (done: number) => onProgress?.(before + done, total),
    };
    return cached === null
      ? embedTexts(base, adapter, texts, options)
      : embedCached(base, { adapter, identity: cached.identity }, texts, cached.cache, options);
  };
  const corpus = await embed("document", task.corpus, 0);
  const queries = await embed(
    "query",
    task.queries.map(({ text }) => text),
    task.corpus.length,
  );
  const rankings = await rankOnDevice(base.session, taskEmbeddings(queries, corpus, dim), signal);
  const evaluation = evaluateRankings(task, rankings, label, (performance.now() - start) / 1000);
  return { ...evaluation, tokens: corpus.tokens + queries.tokens };
};

const taskEmbeddings = (queries: EmbeddingMatrix, corpus: EmbeddingMatrix, dim = queries.dim): RankInput => {
  const cut = (matrix: EmbeddingMatrix) =>
    dim === matrix.dim ? matrix.data : truncateAndNormalize(matrix.data, matrix.dim, dim);
  return { queryEmbeddings: cut(queries), corpusEmbeddings: cut(corpus), dim };
};
