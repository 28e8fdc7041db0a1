import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { at } from "../../domain/present.ts";
import type { PackedBatch, RowBlock } from "../../kernels/types.ts";
import type { AdapterView } from "../model/lora.ts";
import type { Embeddings, Qwen3Model } from "../model/model.ts";
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
  /** [2]: sums of the queries' own cosines, and of all. */
  sums: Tensor1D;
  /** [texts] norms before normalization, one tensor a chunk. */
  norms: Tensor1D[];
}

/**
 * The loss of a whole batch and its LoRA gradients, which are added to the adapter's store.
 *
 * All chunks are embedded, the loss and its gradient with respect to the embeddings are taken, and each chunk goes backward with its part of
 * that gradient (GradCache, Gao et al. 2021). The first chunk keeps what it needs for that; the others are embedded without and once more
 * before they go backward. So one chunk alone makes no wasted pass, the result is that of the whole batch, and memory is that of one chunk.
 */
export const batchGradient = (
  model: Qwen3Model,
  adapter: AdapterView,
  chunks: readonly Chunk[],
  options: LossOptions,
  capacity?: number,
): BatchResult => {
  const withBatch = <T>(chunk: Chunk, work: (batch: PackedBatch) => T): T => {
    const batch = model.pack([...chunk.queries, ...chunk.documents], capacity);
    try {
      return work(batch);
    } finally {
      batch.dispose();
    }
  };
  const [first, ...others] = chunks as [Chunk, ...Chunk[]];
  const rest = others.map((chunk) => withBatch(chunk, (batch) => model.embed(batch, adapter)));
  return withBatch(first, (batch) => {
    const tape = model.record(batch, adapter);
    const { gradients, loss, similarity, sums } = lossOf(model, [tape, ...rest], chunks, options);
    const [dFirst, ...dRest] = gradients as [Tensor2D, ...Tensor2D[]];
    tape.backward(dFirst);
    rest.forEach(({ embeddings }) => embeddings.dispose());
    others.forEach((chunk, index) =>
      withBatch(chunk, (again) => {
        const { norms, backward } = model.record(again, adapter);
        backward(at(dRest, index));
        norms.dispose();
      }),
    );
    tf.dispose(gradients);
    return { loss, similarity, sums, norms: [tape.norms, ...rest.map(({ norms }) => norms)] };
  });
};

/** The loss over all chunks, and of each chunk's embeddings the gradient, in the order in which the chunk is packed. */
const lossOf = (
  { kernels }: Qwen3Model,
  embedded: readonly Embeddings[],
  chunks: readonly Chunk[],
  options: LossOptions,
): Omit<ContrastiveLoss, "dQueries" | "dDocuments"> & { gradients: Tensor2D[] } => {
  const places = placesOf(chunks);
  const xs = embedded.map(({ embeddings }) => embeddings);
  const blocks = (part: keyof Places): RowBlock[] =>
    places.flatMap((place, i) => (place[part].count > 0 ? [{ x: at(xs, i), ...place[part].inChunk }] : []));
  const queries = kernels.stackRows(blocks("queries"));
  const documents = kernels.stackRows([...blocks("positives"), ...blocks("negatives")]);
  const { dQueries, dDocuments, ...result } = contrastiveLoss(kernels, queries, documents, options);
  const gradients = places.map(({ queries: q, positives, negatives }) =>
    kernels.stackRows([
      { x: dQueries, ...q.inBatch },
      ...[positives, negatives].filter(({ count }) => count > 0).map(({ inBatch }) => ({ x: dDocuments, ...inBatch })),
    ]),
  );
  tf.dispose([queries, documents, dQueries, dDocuments]);
  return { ...result, gradients };
};

/** Rows of one kind: where a chunk has them, and where the batch's queries or documents do. */
interface Rows {
  count: number;
  inChunk: { first: number; count: number };
  inBatch: { first: number; count: number };
}
type Places = Record<"queries" | "positives" | "negatives", Rows>;

/** A batch's documents are all positives, then the hard negatives, chunk by chunk; a chunk is its queries, positives and negatives. */
const placesOf = (chunks: readonly Chunk[]): Places[] => {
  const pairs = chunks.reduce((sum, { queries }) => sum + queries.length, 0);
  let [pair, negative] = [0, pairs];
  return chunks.map(({ queries, documents }) => {
    const own = queries.length;
    const others = documents.length - own;
    const rows = (count: number, first: number, inBatch: number): Rows => ({
      count,
      inChunk: { first, count },
      inBatch: { first: inBatch, count },
    });
    const place = {
      queries: rows(own, 0, pair),
      positives: rows(own, own, pair),
      negatives: rows(others, 2 * own, negative),
    };
    pair += own;
    negative += others;
    return place;
  });
};
