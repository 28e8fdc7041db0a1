import { DEPTH } from "./metrics.ts";
import { dot, offerAll, type RankInput, type Rankings, rankingsOf } from "./rank.ts";
import { TopK } from "./topK.ts";

/**
 * Finds, among the documents `from` … `to` − 1, those whose float32 similarity reaches each query's threshold.
 * `rows` [queries, room] counts from `from`; a count above `room` says that a list is not whole.
 */
export type CandidateFinder = (
  from: number,
  to: number,
  thresholds: Float32Array<ArrayBuffer>,
) => Promise<{ counts: Uint32Array; rows: Uint32Array; room: number }>;

/** Documents scored in full before the first threshold stands; then blocks double, up to the largest. */
const HEAD = 1024;
const LARGEST_BLOCK = 16384;

/**
 * The same rankings as `rankTopK`, to the last bit, with the bulk of the products left to a fast float32 device. A document
 * enters only above its query's k-th score so far; the device lists those that come within rounding of it (as many again as k
 * when blocks double and documents lie in no order), and they are scored in float64 as `rankTopK` does. A list that overflows
 * is made up by scoring the block in full.
 */
export const rankTopKByCandidates = async (input: RankInput, find: CandidateFinder): Promise<Rankings> => {
  const { queryEmbeddings, corpusEmbeddings, dim, k = DEPTH, tieRank = null, onProgress } = input;
  const queries = queryEmbeddings.length / dim;
  const documents = corpusEmbeddings.length / dim;
  const best = Array.from({ length: queries }, () => new TopK(Math.min(k, documents), tieRank));
  const head = Math.min(documents, Math.max(HEAD, k));
  offerAll(best, queryEmbeddings, corpusEmbeddings.subarray(0, head * dim), dim);
  onProgress?.(head, documents);
  const rounding = roundingOf(queryEmbeddings, corpusEmbeddings, dim);
  for (let from = head; from < documents;) {
    const to = Math.min(documents, from + Math.min(from, LARGEST_BLOCK));
    const thresholds = Float32Array.from(best, ({ score }, i) => (score[k - 1] as number) - (rounding[i] as number));
    const { counts, rows, room } = await find(from, to, thresholds);
    best.forEach((top, query) => {
      const listed = counts[query] as number;
      const whole = listed <= room;
      for (let i = 0; i < (whole ? listed : to - from); i++) {
        const document = from + (whole ? (rows[query * room + i] as number) : i);
        top.offer(document, dot(queryEmbeddings, query * dim, corpusEmbeddings, document * dim, dim));
      }
    });
    from = to;
    onProgress?.(from, documents);
  }
  return rankingsOf(best);
};

/**
 * How far a float32 dot product may be from the exact one, twice over: |error| ≤ n·2⁻²⁴·‖q‖·‖d‖ in any order of the sum
 * (Higham, Accuracy and Stability of Numerical Algorithms, §3.1), and the threshold itself is rounded too.
 */
const roundingOf = (queryEmbeddings: Float32Array, corpusEmbeddings: Float32Array, dim: number): Float64Array => {
  const longest = largestNorm(corpusEmbeddings, dim);
  return Float64Array.from(
    { length: queryEmbeddings.length / dim },
    (_, i) => (dim + 8) * 2 ** -23 * largestNorm(queryEmbeddings.subarray(i * dim, (i + 1) * dim), dim) * longest,
  );
};

const largestNorm = (rows: Float32Array, dim: number): number => {
  let largest = 0;
  for (let at = 0; at < rows.length; at += dim) largest = Math.max(largest, dot(rows, at, rows, at, dim));
  return Math.sqrt(largest);
};
