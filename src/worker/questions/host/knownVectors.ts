import type { EmbedTexts } from "../../../domain/questions/types.ts";
import type { BaseRef } from "../../engine/protocol.ts";
import type { Embedder } from "../protocol.ts";

/** Texts that are embedded at once: enough to fill the device, few enough to hear of a stop. */
const EMBED_AT_ONCE = 128;
/** Numbers that are remembered, 256 MB of them; what is more is embedded again. */
const MOST_NUMBERS = 64 * 2 ** 20;

/** Vectors by text of one base, a piece at a time. No text that is remembered is asked for again. */
export const knownVectors = () => {
  let owner = "";
  let numbers = 0;
  const rows = { query: new Map<string, Float32Array>(), document: new Map<string, Float32Array>() };
  const forget = () => {
    rows.query.clear();
    rows.document.clear();
    numbers = 0;
  };
  const by = (
    base: BaseRef,
    embed: Embedder["embed"],
    signal: AbortSignal,
    onProgress: (done: number, total: number) => void,
  ): EmbedTexts => {
    const name = JSON.stringify(base);
    if (name !== owner) forget();
    owner = name;
    return async (texts, kind) => {
      const found = new Map<string, Float32Array>();
      const fresh = [...new Set(texts)].filter((text) => {
        const row = rows[kind].get(text);
        if (row) found.set(text, row);
        return !row;
      });
      for (let from = 0; from < fresh.length; from += EMBED_AT_ONCE) {
        signal.throwIfAborted();
        const piece = fresh.slice(from, from + EMBED_AT_ONCE);
        const { data, dim } = await embed(piece, kind);
        piece.forEach((text, i) => found.set(text, data.slice(i * dim, (i + 1) * dim)));
        onProgress(from + piece.length, fresh.length);
        if (numbers + data.length > MOST_NUMBERS) continue;
        numbers += data.length;
        for (const text of piece) rows[kind].set(text, found.get(text) ?? new Float32Array(dim));
      }
      const dim = [...found.values()][0]?.length ?? 0;
      const vectors = new Float32Array(texts.length * dim);
      texts.forEach((text, i) => vectors.set(found.get(text) ?? [], i * dim));
      return { dim, vectors };
    };
  };
  return { by, forget };
};
