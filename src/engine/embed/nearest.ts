import type { NearestDocuments } from "../../domain/dataset/index.ts";
import type { QueriesAndDocuments } from "../../domain/dataset/types.ts";
import type { EmbeddingCache } from "../../domain/embeddingCache.ts";
import type { Prompts } from "../../domain/text/prompts.ts";
import type { LoadedBase } from "../model/base.ts";
import { embedCached } from "./embedCached.ts";
import { rankOnDevice } from "./rank.ts";

export interface NearestOptions {
  prompts: Prompts;
  maxTokens: number;
  /** Documents a query. */
  k: number;
  cache: EmbeddingCache;
  /** Texts embedded, and texts in all. */
  onProgress: (done: number, total: number) => void;
  signal: AbortSignal;
}

/** Texts embedded in one go; what is done is kept before the next. */
const PART = 256;

/** The best documents of each query by the base's cosine, exactly. @throws the signal's reason */
export const nearestDocuments = async (
  base: LoadedBase,
  { queries, documents }: QueriesAndDocuments,
  { prompts, maxTokens, k, cache, onProgress, signal }: NearestOptions,
): Promise<NearestDocuments> => {
  const dim = base.config.hidden;
  const total = queries.length + documents.length;
  const embed = async (texts: readonly string[], kind: keyof Prompts, before: number): Promise<Float32Array> => {
    const all = new Float32Array(texts.length * dim);
    for (let first = 0; first < texts.length; first += PART) {
      signal.throwIfAborted();
      onProgress(before + first, total);
      const part = texts.slice(first, first + PART);
      const { data } = await embedCached(base, { adapter: null, identity: null }, part, cache, {
        kind,
        prompts,
        maxTokens,
      });
      all.set(data, first * dim);
    }
    return all;
  };
  const embedded = {
    documents: await embed(documents, "document", 0),
    queries: await embed(queries, "query", documents.length),
  };
  onProgress(total, total);
  signal.throwIfAborted();
  const input = { queryEmbeddings: embedded.queries, corpusEmbeddings: embedded.documents, dim, k };
  return { ...embedded, dim, ranked: await rankOnDevice(base.session, input, signal) };
};
