import { type EmbeddingCache, KEY_DIGITS } from "../../domain/embeddingCache.ts";
import { sha256Hex } from "../../domain/hashing.ts";
import { at } from "../../domain/present.ts";
import { sha256List } from "../../domain/text/index.ts";
import { encodeTexts, type EmbedTextOptions, type LoadedBase } from "../model/base.ts";
import type { AdapterView } from "../model/lora.ts";
import { ENGINE_VERSION } from "../version.ts";
import { embedSequences, type EmbeddingMatrix, type EmbedOptions } from "./embedder.ts";

/** A model whose weights do not change any more. */
export interface FixedModel {
  adapter: AdapterView | null;
  /** Tells adapters apart; null for the base alone. */
  identity: string | null;
}

/** Texts by {@link embedCachedSequences}. */
export const embedCached = (
  base: LoadedBase,
  model: FixedModel,
  texts: readonly string[],
  cache: EmbeddingCache,
  options: EmbedTextOptions,
): Promise<EmbeddingMatrix> => embedCachedSequences(base, model, encodeTexts(base, texts, options), cache, options);

/**
 * Like `embedSequences`, but texts that this model has embedded before come from the cache. The key of a text is the hash of its
 * tokens, so prompt, instruction and length limit are part of it; the model's is that of its weights, of the backend (whose
 * rounding differs) and of the engine.
 */
export const embedCachedSequences = async (
  base: LoadedBase,
  { adapter, identity }: FixedModel,
  sequences: readonly Int32Array[],
  cache: EmbeddingCache,
  options: EmbedOptions,
): Promise<EmbeddingMatrix> => {
  const dim = base.config.hidden;
  const keys = sequences.map(keyOf);
  const model = sha256List([base.model.weights.sha256, identity ?? "", base.session.device.backend, ENGINE_VERSION]);
  const known = await cache.read(model, keys, dim);
  const missing = sequences.flatMap((_, row) => (known.has(row) ? [] : [row]));
  const data = new Float32Array(sequences.length * dim);
  for (const [row, embedding] of known) data.set(embedding, row * dim);
  options.onProgress?.(known.size, sequences.length);
  if (missing.length === 0) return { data, rows: sequences.length, dim, tokens: 0 };
  const fresh = await embedSequences(
    base.model,
    adapter,
    missing.map((row) => at(sequences, row)),
    { ...options, onProgress: (done) => options.onProgress?.(known.size + done, sequences.length) },
  );
  missing.forEach((row, i) => data.set(fresh.data.subarray(i * dim, (i + 1) * dim), row * dim));
  await cache.write(
    model,
    missing.map((row) => at(keys, row)),
    fresh.data,
  );
  return { data, rows: sequences.length, dim, tokens: fresh.tokens };
};

const keyOf = (tokens: Int32Array): string =>
  sha256Hex(new Uint8Array(tokens.buffer, tokens.byteOffset, tokens.byteLength)).slice(0, KEY_DIGITS);
