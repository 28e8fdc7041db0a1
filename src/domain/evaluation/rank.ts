import { compareCodePoints } from "../text/index.ts";
import { DEPTH } from "./metrics.ts";
import { TopK } from "./topK.ts";

/** The best documents of each query, best first. Shorter than k when the corpus is. */
export interface Rankings {
  top: number[][];
  scores: number[][];
}

export interface RankInput {
  /** [queries, dim] row-major, L2-normalized, so that the dot product is the cosine. */
  queryEmbeddings: Float32Array;
  /** [documents, dim] */
  corpusEmbeddings: Float32Array;
  dim: number;
  k?: number;
  /** Rank of each document among equal scores (`tieRanks`); the index when absent. */
  tieRank?: Int32Array | null;
  /** Called after each block of queries. */
  onProgress?: (done: number, total: number) => void;
}

/** Rows of a block; both are multiples of the 2 × 4 tile. A block of documents (64 × 1024 × 8 bytes) fits in the cache. */
const QUERY_BLOCK = 64;
const DOCUMENT_BLOCK = 64;

/**
 * Exact top-k by blocks: at most 64 × 64 scores are alive at once, never the whole similarity matrix. Products are added in
 * float64 from the first dimension to the last, so the result does not depend on the blocks.
 */
export const rankTopK = ({
  queryEmbeddings,
  corpusEmbeddings,
  dim,
  k = DEPTH,
  tieRank = null,
  onProgress,
}: RankInput): Rankings => {
  const queries = queryEmbeddings.length / dim;
  const documents = corpusEmbeddings.length / dim;
  const best = Array.from({ length: queries }, () => new TopK(Math.min(k, documents), tieRank));
  offerAll(best, queryEmbeddings, corpusEmbeddings, dim, onProgress);
  return rankingsOf(best);
};

/** Offers every document to every query, block by block. */
export const offerAll = (
  best: readonly TopK[],
  queryEmbeddings: Float32Array,
  corpusEmbeddings: Float32Array,
  dim: number,
  onProgress?: RankInput["onProgress"],
): void => {
  const documents = corpusEmbeddings.length / dim;
  const queryBlock = new Float64Array(QUERY_BLOCK * dim);
  const documentBlock = new Float64Array(DOCUMENT_BLOCK * dim);
  for (let from = 0; from < best.length; from += QUERY_BLOCK) {
    const rows = loadBlock(queryBlock, queryEmbeddings, from * dim, dim);
    for (let at = 0; at < documents; at += DOCUMENT_BLOCK) {
      const columns = loadBlock(documentBlock, corpusEmbeddings, at * dim, dim);
      scoreBlock(queryBlock, rows, documentBlock, columns, dim, (query, document, score) =>
        (best[from + query] as TopK).offer(at + document, score),
      );
    }
    onProgress?.(from + rows, best.length);
  }
};

export const rankingsOf = (best: readonly TopK[]): Rankings => ({
  top: best.map(({ index, size }) => Array.from(index.subarray(0, size))),
  scores: best.map(({ score, size }) => Array.from(score.subarray(0, size))),
});

/** Widens rows to float64 once, instead of at each use; rows beyond the end are zero. Returns how many are real. */
const loadBlock = (block: Float64Array, from: Float32Array, start: number, dim: number): number => {
  const part = from.subarray(start, start + block.length);
  block.set(part);
  block.fill(0, part.length);
  return part.length / dim;
};

/** Tiles of two queries and four documents: eight sums for six loads, twice as fast as row by row. */
const scoreBlock = (
  q: Float64Array,
  rows: number,
  d: Float64Array,
  columns: number,
  dim: number,
  emit: (query: number, document: number, score: number) => void,
): void => {
  const sums = new Float64Array(8);
  for (let i = 0; i < rows; i += 2)
    for (let j = 0; j < columns; j += 4) {
      tile(q, i * dim, d, j * dim, dim, sums);
      const height = Math.min(2, rows - i);
      const width = Math.min(4, columns - j);
      for (let r = 0; r < height; r++) for (let c = 0; c < width; c++) emit(i + r, j + c, sums[r * 4 + c] as number);
    }
};

/** sums[r * 4 + c] = row r of q · row c of d. */
const tile = (q: Float64Array, qAt: number, d: Float64Array, dAt: number, dim: number, sums: Float64Array): void => {
  const q1 = qAt + dim;
  const d1 = dAt + dim;
  const d2 = d1 + dim;
  const d3 = d2 + dim;
  let a0 = 0;
  let a1 = 0;
  let a2 = 0;
  let a3 = 0;
  let b0 = 0;
  let b1 = 0;
  let b2 = 0;
  let b3 = 0;
  for (let c = 0; c < dim; c++) {
    const x = q[qAt + c] as number;
    const y = q[q1 + c] as number;
    const u = d[dAt + c] as number;
    const v = d[d1 + c] as number;
    const w = d[d2 + c] as number;
    const z = d[d3 + c] as number;
    a0 += x * u;
    a1 += x * v;
    a2 += x * w;
    a3 += x * z;
    b0 += y * u;
    b1 += y * v;
    b2 += y * w;
    b3 += y * z;
  }
  sums[0] = a0;
  sums[1] = a1;
  sums[2] = a2;
  sums[3] = a3;
  sums[4] = b0;
  sums[5] = b1;
  sums[6] = b2;
  sums[7] = b3;
};

/** Dot product of two rows, added from the first dimension to the last in float64. */
export const dot = (a: Float32Array, aAt: number, b: Float32Array, bAt: number, dim: number): number => {
  let sum = 0;
  for (let c = 0; c < dim; c++) sum += (a[aAt + c] as number) * (b[bAt + c] as number);
  return sum;
};

/** Rank of each id in code point order: the evaluator's rule for equal scores. */
export const tieRanks = (ids: readonly string[]): Int32Array => {
  const order = ids.map((_, i) => i).sort((a, b) => compareCodePoints(ids[a] as string, ids[b] as string));
  const ranks = new Int32Array(ids.length);
  order.forEach((index, rank) => (ranks[index] = rank));
  return ranks;
};

/** L2-normalized copies of rows, cut to the first `to` dimensions: Matryoshka truncation, or plain normalization. */
export const truncateAndNormalize = (embeddings: Float32Array, dim: number, to: number = dim): Float32Array => {
  const rows = embeddings.length / dim;
  const out = new Float32Array(rows * to);
  for (let r = 0; r < rows; r++) {
    let squares = 0;
    for (let c = 0; c < to; c++) squares += (embeddings[r * dim + c] as number) ** 2;
    const norm = Math.max(Math.sqrt(squares), 1e-12);
    for (let c = 0; c < to; c++) out[r * to + c] = (embeddings[r * dim + c] as number) / norm;
  }
  return out;
};
