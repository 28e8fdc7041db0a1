import { sql } from "drizzle-orm";
import { BM25 } from "../../src/domain/evaluation/words.ts";
import { at } from "../../src/domain/present.ts";
import { rowsOf, type Transaction } from "./database.ts";

/** A word of a question, by its hash: how many passages hold it, and its inverse document frequency times its occurrences there. */
export interface Weighted {
  word: bigint;
  passages: number;
  weight: number;
}

/** What BM25 needs to know of all passages together. */
export interface Weights {
  words: Weighted[];
  /** Mean number of distinct words a passage. */
  length: number;
}

/** Words whose counts are remembered while nothing is written. */
const REMEMBERED = 20_000;

/** Postgres' text form of a list of numbers. */
export const list = (values: Iterable<number | bigint>): string => `{${[...values].join(",")}}`;

/** How rare words are. A count costs a walk over all passages that hold the word, so it is remembered until passages come or go. */
export class WordWeights {
  #changes: string | null = null;
  readonly #known = new Map<bigint, number>();

  /**
   * @param tx     reads one state of the store (`repeatable read`)
   * @param asked  hashes of the question's words with their occurrences
   */
  async of(tx: Transaction, asked: ReadonlyMap<bigint, number>): Promise<Weights> {
    const [total] = rowsOf(
      await tx.execute(sql`
        SELECT coalesce(sum(passages), 0)::float8 AS passages, coalesce(sum(words), 0)::float8 AS words, sum(changes)::text AS changes
        FROM word_totals`),
    );
    const passages = Number(total?.passages);
    const counts = await this.#counts(tx, [...asked.keys()], String(total?.changes));
    return {
      length: passages === 0 ? 0 : Number(total?.words) / passages,
      words: [...asked]
        .map(([word, times]) => {
          const held = counts.get(word) ?? 0;
          return { word, passages: held, weight: times * Math.log(1 + (passages - held + 0.5) / (held + 0.5)) };
        })
        .filter((word) => word.passages > 0),
    };
  }

  /** How many passages hold each word. `changes` tells one state of all words from the next. */
  async #counts(tx: Transaction, words: readonly bigint[], changes: string): Promise<ReadonlyMap<bigint, number>> {
    if (changes !== this.#changes || this.#known.size > REMEMBERED) this.#known.clear();
    this.#changes = changes;
    const counts = new Map<bigint, number>();
    const unknown = words.filter((word) => {
      const known = this.#known.get(word);
      if (known !== undefined) counts.set(word, known);
      return known === undefined;
    });
    if (unknown.length === 0) return counts;
    const rows = rowsOf(
      await tx.execute(sql`
        SELECT q.word::text AS word, (SELECT count(*) FROM chunk_words w WHERE w.words @> ARRAY[q.word])::int AS passages
        FROM unnest(${list(unknown)}::int8[]) AS q (word)`),
    );
    for (const row of rows) counts.set(BigInt(String(row.word)), Number(row.passages));
    // Another search may have seen a later state meanwhile.
    if (this.#changes === changes) for (const [word, held] of counts) this.#known.set(word, held);
    return counts;
  }
}

/** The most that one occurrence more can bring: BM25's factor for a word that a passage repeats without end. */
const MOST = BM25.k + 1;
/** That factor for one occurrence in a passage of twice the mean length: what most passages with the word reach. */
const USUAL = MOST / (1 + BM25.k * (1 - BM25.b + BM25.b * 2));

/**
 * Words of a question whose passages need not be walked through: all of them together bring a passage less than the k-th best is expected
 * to have by the others (the split of MaxScore: Turtle and Flood, "Query evaluation: strategies and optimizations", 1995). The expectation only
 * saves work; whether it held is checked against what is found.
 */
export const splitWords = (words: readonly Weighted[], k: number): { walked: Weighted[]; common: Weighted[] } => {
  const sorted = [...words].sort((a, b) => b.weight - a.weight);
  let held = 0;
  const reached = sorted.findIndex(({ passages }) => (held += passages) >= k);
  let from = sorted.length;
  if (reached >= 0)
    for (const least = USUAL * at(sorted, reached).weight; from > reached + 1; from -= 1)
      if (mostOf(sorted.slice(from - 1)) >= least) break;
  return { walked: sorted.slice(0, from), common: sorted.slice(from) };
};

/** More than words can bring a passage together. */
export const mostOf = (words: readonly Weighted[]): number => MOST * words.reduce((sum, { weight }) => sum + weight, 0);
