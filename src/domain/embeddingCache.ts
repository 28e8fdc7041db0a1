/**
 * Embeddings that were computed before, by model and text. Losing an entry costs time, never a result, so an
 * implementation may forget at any moment.
 */
export interface EmbeddingCache {
  /** Embeddings of those keys that are known, by their place in `keys`; each has `dim` numbers. */
  read(model: string, keys: readonly string[], dim: number): Promise<Map<number, Float32Array>>;
  /** `rows` [keys, dim]. Resolves when they are stored, or when there is no room for them. */
  write(model: string, keys: readonly string[], rows: Float32Array): Promise<void>;
}

/** Hex digits of a key: 128 bits of a SHA-256. */
export const KEY_DIGITS = 32;
