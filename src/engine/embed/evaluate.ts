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
  /** Is handed the embeddings, for further figures of the same pass. */
  onEmbedded?: (embedded: EmbeddedTask) => void;
  /** Where embeddings of this model are kept; `identity` tells adapters apart (null: the base). None while weights change. */
  cached?: { cache: EmbeddingCache; identity: string | null } | null;
}

/** A task's embeddings, L2-normalized. */
export interface EmbeddedTask {
  queries: EmbeddingMatrix;
  corpus: EmbeddingMatrix;
}

/** Embeds a task's corpus and queries with the base (and adapter). */
export const embedTask = async (
  base: LoadedBase,
  adapter: AdapterView | null,
  task: RetrievalTask,
  {
    prompts,
    maxTokens,
    onProgress,
    signal,
    cached = null,
  }: Pick<EvaluateOptions, "prompts" | "maxTokens" | "onProgress" | "signal" | "cached">,
): Promise<EmbeddedTask> => {
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
  return { queries, corpus };
};

/** Embeds a task's queries and corpus with the base (and adapter), ranks exactly, and scores. */
export const evaluateModel = async (
  base: LoadedBase,
  adapter: AdapterView | null,
  task: RetrievalTask,
  options: EvaluateOptions,
): Promise<RetrievalEvaluation> => {
  const { label, dim, signal, onEmbedded } = options;
  const start = performance.now();
  const embedded = await embedTask(base, adapter, task, options);
  onEmbedded?.(embedded);
  const { queries, corpus } = embedded;
  const rankings = await rankOnDevice(base.session, taskEmbeddings(queries, corpus, dim), signal);
  const evaluation = evaluateRankings(task, rankings, label, (performance.now() - start) / 1000);
  return { ...evaluation, tokens: corpus.tokens + queries.tokens };
};

const taskEmbeddings = (queries: EmbeddingMatrix, corpus: EmbeddingMatrix, dim = queries.dim): RankInput => {
  const cut = (matrix: EmbeddingMatrix) =>
    dim === matrix.dim ? matrix.data : truncateAndNormalize(matrix.data, matrix.dim, dim);
  return { queryEmbeddings: cut(queries), corpusEmbeddings: cut(corpus), dim };
};
