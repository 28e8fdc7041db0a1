import type { EmbeddingCache } from "../../domain/embeddingCache.ts";
import { at } from "../../domain/present.ts";

/** Half a million documents of 128 numbers, 65,000 of 1,024. */
const LIMIT_BYTES = 256 * 1024 ** 2;

/** Embeddings in memory, up to a limit; what no longer fits is forgotten. */
export const memoryEmbeddings = (limitBytes = LIMIT_BYTES): EmbeddingCache => {
  const known = new Map<string, Float32Array>();
  let bytes = 0;
  return {
    read: async (model, keys) =>
      new Map(
        keys.flatMap((key, row) => {
          const embedding = known.get(model + key);
          return embedding ? [[row, embedding] as const] : [];
        }),
      ),
    write: async (model, keys, rows) => {
      const dim = rows.length / keys.length;
      for (let row = 0; row < keys.length && bytes + 4 * dim <= limitBytes; row++) {
        known.set(model + at(keys, row), rows.slice(row * dim, (row + 1) * dim));
        bytes += 4 * dim;
      }
    },
  };
};
