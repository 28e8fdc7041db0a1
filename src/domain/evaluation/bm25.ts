import { evaluateRankings } from "./evaluate.ts";
import { DEPTH } from "./metrics.ts";
import type { Rankings } from "./rank.ts";
import { TopK } from "./topK.ts";
import type { RetrievalEvaluation, RetrievalTask } from "./types.ts";
import { BM25, bm25Tokens, countWords, SCORE_STEPS } from "./words.ts";

/**
 * The lexical line of each chart: Okapi BM25 with idf = ln(1 + (N − n + ½) / (n + ½)), in which the length of a document counts
 * its distinct words, and a word that is asked twice counts twice. Documents without any word of the query are not ranked.
 * Scores that agree to nine decimals keep the order of the corpus: the last digits hang on the order of adding.
 */
export const rankBm25 = (queries: readonly string[], corpus: readonly string[], k: number = DEPTH): Rankings => {
  const { add, rank } = bm25Index();
  add(corpus);
  return rank(queries, k);
};

/** The documents that hold a word, and how often each does. */
class Postings {
  documents = new Int32Array(4);
  counts = new Int32Array(4);
  size = 0;

  push(document: number, count: number): void {
    if (this.size === this.documents.length) {
      this.documents = doubled(this.documents);
      this.counts = doubled(this.counts);
    }
    this.documents[this.size] = document;
    this.counts[this.size++] = count;
  }
}

const doubled = (values: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> => {
  const twice = new Int32Array(2 * values.length);
  twice.set(values);
  return twice;
};

/**
 * The index of {@link rankBm25} for work in pieces: `add` takes further documents, `rank` asks some queries. Memory: eight bytes
 * (at most sixteen) for each distinct word of each document, and none of the texts.
 */
export const bm25Index = (): {
  add(corpus: readonly string[]): void;
  rank(queries: readonly string[], k: number): Rankings;
} => {
  const words = new Map<string, Postings>();
  /** Distinct words of each document. */
  const lengths: number[] = [];
  let total = 0;
  const postingsOf = (word: string): Postings => {
    const known = words.get(word);
    if (known) return known;
    const postings = new Postings();
    words.set(word, postings);
    return postings;
  };
  return {
    add(corpus) {
      for (const text of corpus) {
        const counts = countWords(text);
        for (const [word, count] of counts) postingsOf(word).push(lengths.length, count);
        lengths.push(counts.size);
        total += counts.size;
      }
    },
    rank(queries, k) {
      const average = total / lengths.length;
      const { k: k1, b } = BM25;
      const norms = Float64Array.from(lengths, (length) => k1 * (1 - b + (b * length) / average));
      const sums = new Float64Array(lengths.length);
      const rankings: Rankings = { top: [], scores: [] };
      for (const query of queries) {
        const asked = bm25Tokens(query).flatMap((word) => words.get(word) ?? []);
        for (const { documents, counts, size } of asked) {
          const idf = Math.log(1 + (lengths.length - size + 0.5) / (size + 0.5));
          for (let i = 0; i < size; i++) {
            const document = documents[i] as number;
            const count = counts[i] as number;
            (sums[document] as number) += (idf * count * (k1 + 1)) / (count + (norms[document] as number));
          }
        }
        const best = new TopK(Math.min(k, lengths.length), null);
        const scores = new Map<number, number>();
        // A document is offered once: its sum is taken out.
        for (const { documents, size } of asked)
          for (let i = 0; i < size; i++) {
            const document = documents[i] as number;
            const score = sums[document] as number;
            if (score === 0) continue;
            sums[document] = 0;
            if (best.offer(document, Math.round(score * SCORE_STEPS))) scores.set(document, score);
          }
        const top = Array.from(best.index.subarray(0, best.size));
        rankings.top.push(top);
        rankings.scores.push(top.map((document) => scores.get(document) ?? 0));
      }
      return rankings;
    },
  };
};

/** BM25 on a retrieval task, labelled `bm25`. */
export const evaluateBm25 = (task: RetrievalTask): RetrievalEvaluation => {
  const start = performance.now();
  const rankings = rankBm25(
    task.queries.map((query) => query.text),
    task.corpus,
  );
  return evaluateRankings(task, rankings, "bm25", (performance.now() - start) / 1000);
};
