import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import type { AdapterView } from "../model/lora.ts";
import type { Qwen3Model } from "../model/model.ts";
import { contrastiveLoss, type ContrastiveLoss, type LossOptions } from "./loss.ts";

/** Rows embedded together; `documents[i]` of the first `queries.length` answers `queries[i]`, the rest are negatives. */
export interface Chunk {
  queries: readonly Int32Array[];
  documents: readonly Int32Array[];
}

/** What a step reports, still on the device. The caller disposes it. */
export interface BatchResult {
  /** [1] */
  loss: Tensor1D;
  /** [queries, documents] cosines; documents are all positives, then all hard negatives, chunk by chunk. */
  similarity: Tensor2D;
  /** [1] mean norm before normalization */
  embeddingNorm: Tensor1D;
}

/**
 * The loss of a whole batch and its LoRA gradients, which are added to the adapter's store.
 *
 * One chunk runs forward and backward. Several follow GradCache (Gao et al. 2021): embed all without gradient, take the
 * loss and its gradient with respect to the embeddings, then run each chunk again forward and backward with its part of
 * that gradient. The result is that of the whole batch; memory is that of one chunk.
 */
export const batchGradient = (
  model: Qwen3Model,
  adapter: AdapterView,
  chunks: readonly Chunk[],
  options: LossOptions,
  capacity?: number,
): BatchResult =>
  chunks.length === 1
    ? direct(model, adapter, chunks[0] as Chunk, options, capacity)
    : cached(model, adapter, chunks, options, capacity);

const direct = (
  model: Qwen3Model,
  adapter: AdapterView,
  chunk: Chunk,
  options: LossOptions,
  capacity?: number,
): BatchResult => {
  const batch = model.pack([...chunk.queries, ...chunk.documents], capacity);
  const tape = model.record(batch, adapter);
  const embeddingNorm = meanOf([tape.norms]);
  const [queries, documents] = splitRows(tape.embeddings, [chunk.queries.length, chunk.documents.length]);
  const { loss, similarity, dQueries, dDocuments } = contrastiveLoss(
    model.kernels,
    queries as Tensor2D,
    documents as Tensor2D,
    options,
  );
  const d = tf.concat([dQueries, dDocuments], 0);
  tape.backward(d);
  tf.dispose([queries, documents, dQueries, dDocuments, d] as Tensor2D[]);
  batch.dispose();
  return { loss, similarity, embeddingNorm };
};

const cached = (
  model: Qwen3Model,
  adapter: AdapterView,
  chunks: readonly Chunk[],
  options: LossOptions,
  capacity?: number,
): BatchResult => {
  const parts = chunks.map((chunk) => {
    const batch = model.pack([...chunk.queries, ...chunk.documents], capacity);
    const { embeddings, norms } = model.embed(batch, adapter);
    batch.dispose();
    const pairs = chunk.queries.length;
    const rows = splitRows(embeddings, [pairs, pairs, chunk.documents.length - pairs]);
    embeddings.dispose();
    return { rows, norms };
  });
  const embeddingNorm = meanOf(parts.map(({ norms }) => norms));
  const columns = [0, 1, 2].map((column) => parts.flatMap(({ rows }) => (rows[column] ? [rows[column]] : [])));
  const queries = tf.concat(columns[0] as Tensor2D[], 0);
  const documents = tf.concat([...(columns[1] as Tensor2D[]), ...(columns[2] as Tensor2D[])], 0);
  tf.dispose([...columns.flat(), ...parts.map(({ norms }) => norms)]);
  const result = contrastiveLoss(model.kernels, queries, documents, options);
  tf.dispose([queries, documents]);

  const gradients = chunkGradients(result, chunks);
  chunks.forEach((chunk, index) => {
    const batch = model.pack([...chunk.queries, ...chunk.documents], capacity);
    const d = gradients[index] as Tensor2D;
    model.record(batch, adapter).backward(d);
    d.dispose();
    batch.dispose();
  });
  return { loss: result.loss, similarity: result.similarity, embeddingNorm };
};

/** Each chunk's rows of d(embeddings), in the order in which the chunk is packed. Consumes both gradients. */
const chunkGradients = ({ dQueries, dDocuments }: ContrastiveLoss, chunks: readonly Chunk[]): Tensor2D[] => {
  const pairs = chunks.map(({ queries }) => queries.length);
  const negatives = chunks.map(({ queries, documents }) => documents.length - queries.length);
  const q = splitRows(dQueries, pairs);
  const d = splitRows(dDocuments, [...pairs, ...negatives]);
  dQueries.dispose();
  dDocuments.dispose();
  const gradients = chunks.map((_, index) =>
    tf.concat(
      [q[index], d[index], d[chunks.length + index]].filter((part): part is Tensor2D => Boolean(part)),
      0,
    ),
  );
  tf.dispose([...q, ...d].filter((part): part is Tensor2D => Boolean(part)));
  return gradients;
};

/** Consecutive row blocks; null where a block is empty. */
const splitRows = (x: Tensor2D, counts: readonly number[]): (Tensor2D | null)[] => {
  let at = 0;
  return counts.map((count) => {
    const block = count === 0 ? null : tf.slice(x, [at, 0], [count, x.shape[1]]);
    at += count;
    return block;
  });
};

/** Not `tf.addN`: it binds every chunk at once, and a device has few bindings. */
const meanOf = (norms: readonly Tensor1D[]): Tensor1D => tf.tidy(() => tf.reshape(tf.mean(tf.concat([...norms])), [1]));
