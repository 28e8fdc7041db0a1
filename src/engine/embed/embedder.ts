import { EMBED_BATCH_TOKENS } from "../../domain/training/memory.ts";
import { yieldToEventLoop } from "../../domain/yieldToEventLoop.ts";
import type { AdapterView } from "../model/lora.ts";
import type { Qwen3Model } from "../model/model.ts";

export interface EmbedOptions {
  /** Real tokens embedded at once. */
  tokenBudget?: number;
  /** Texts done and texts in all, after each batch. */
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

/** Row-major L2-normalized embeddings, [rows, dim]. */
export interface EmbeddingMatrix {
  data: Float32Array;
  rows: number;
  dim: number;
  /** Tokens read, with prompts and end tokens. */
  tokens: number;
}

/** Capacities are powers of two from here on: few sizes, which the device's pool keeps, and no batch pays for a far larger one. */
const LEAST_CAPACITY = 64;

/**
 * Embeds token sequences in batches of about equal token counts, longest first, and gives them back in their own order.
 * While one batch is read back, the next one is already computed.
 */
export const embedSequences = async (
  model: Qwen3Model,
  adapter: AdapterView | null,
  sequences: readonly Int32Array[],
  { tokenBudget = EMBED_BATCH_TOKENS, onProgress, signal }: EmbedOptions = {},
): Promise<EmbeddingMatrix> => {
  const dim = model.config.hidden;
  const data = new Float32Array(sequences.length * dim);
  let done = 0;
  const embedBatch = (rows: readonly number[]): Promise<void> => {
    const batch = model.pack(
      rows.map((row) => sequences[row] as Int32Array),
      capacityFor(rows, sequences),
    );
    const { embeddings, norms } = model.embed(batch, adapter);
    batch.dispose();
    norms.dispose();
    const read = embeddings.data().then((values) => {
      embeddings.dispose();
      rows.forEach((row, i) => data.set((values as Float32Array).subarray(i * dim, (i + 1) * dim), row * dim));
      done += rows.length;
      onProgress?.(done, sequences.length);
    });
    read.catch(() => undefined); // it is awaited one batch later
    return read;
  };
  onProgress?.(0, sequences.length);
  try {
    let pending: Promise<void> = Promise.resolve();
    for (const rows of batchesByLength(sequences, tokenBudget)) {
      signal?.throwIfAborted();
      const read = embedBatch(rows);
      await pending;
      pending = read;
      await yieldToEventLoop();
    }
    await pending;
  } catch (error) {
    if (!signal?.aborted) await model.kernels.finish(); // tells a device's fault by its name, which is why all else failed
    throw error;
  }
  await model.kernels.finish();
  const tokens = sequences.reduce((sum, { length }) => sum + length, 0);
  return { data, rows: sequences.length, dim, tokens };
};

/** Rows in batches of at most `budget` tokens (a longer text is alone), longest first. */
const batchesByLength = (sequences: readonly Int32Array[], budget: number): number[][] => {
  const lengthOf = (row: number): number => (sequences[row] as Int32Array).length;
  const order = sequences.map((_, row) => row).sort((a, b) => lengthOf(b) - lengthOf(a) || a - b);
  const batches: number[][] = [];
  let room = 0;
  for (const row of order) {
    if (lengthOf(row) > room || batches.length === 0) {
      batches.push([]);
      room = budget;
    }
    batches.at(-1)?.push(row);
    room -= lengthOf(row);
  }
  return batches;
};

const capacityFor = (rows: readonly number[], sequences: readonly Int32Array[]): number => {
  const tokens = rows.reduce((sum, row) => sum + (sequences[row] as Int32Array).length, 0);
  return Math.max(LEAST_CAPACITY, 2 ** Math.ceil(Math.log2(tokens)));
};
