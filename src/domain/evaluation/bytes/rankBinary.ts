import { DEPTH } from "../metrics.ts";
import { dot, type Rankings } from "../rank.ts";
import { TopK } from "../topK.ts";
import { asFloat16, RESCORED, toBits } from "./forms.ts";

/** Ones in a word of 32 bits (Warren, Hacker's Delight, §5-1). */
const ones = (word: number): number => {
  let sum = word - ((word >>> 1) & 0x55555555);
  sum = (sum & 0x33333333) + ((sum >>> 2) & 0x33333333);
  return Math.imul((sum + (sum >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
};

/**
 * Binary search: the {@link RESCORED} documents whose signs differ least from the query's (Hamming), put in order by the cosine of their
 * float16. Equal scores keep the order of the corpus. Query by query, so that the caller may rest or stop in between.
 *
 * @param input.queryEmbeddings   [queries, dim], L2-normalized, like the corpus
 */
export function* rankBinary(input: {
  queryEmbeddings: Float32Array;
  corpusEmbeddings: Float32Array;
  dim: number;
  k?: number;
}): Generator<void, Rankings> {
  const { queryEmbeddings, corpusEmbeddings, dim, k = DEPTH } = input;
  const [queries, documents, width] = [
    queryEmbeddings.length / dim,
    corpusEmbeddings.length / dim,
    Math.ceil(dim / 32),
  ];
  const [asked, stored] = [toBits(queryEmbeddings, dim), toBits(corpusEmbeddings, dim)];
  const [exactQueries, exact] = [asFloat16(queryEmbeddings, dim), asFloat16(corpusEmbeddings, dim)];
  const rankings: Rankings = { top: [], scores: [] };
  for (let query = 0; query < queries; query++) {
    const near = new TopK(Math.min(RESCORED, documents), null);
    for (let document = 0; document < documents; document++) {
      let apart = 0;
      for (let word = 0; word < width; word++)
        apart += ones((asked[query * width + word] as number) ^ (stored[document * width + word] as number));
      near.offer(document, -apart);
    }
    const best = new TopK(Math.min(k, near.size), null);
    for (const document of near.index.subarray(0, near.size))
      best.offer(document, dot(exactQueries, query * dim, exact, document * dim, dim));
    rankings.top.push(Array.from(best.index.subarray(0, best.size)));
    rankings.scores.push(Array.from(best.score.subarray(0, best.size)));
    yield;
  }
  return rankings;
}
