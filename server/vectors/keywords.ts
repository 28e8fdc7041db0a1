import { createHash } from "node:crypto";
import { sql, type SQL } from "drizzle-orm";
import { BM25, countWords, SCORE_STEPS } from "../../src/domain/evaluation/words.ts";
import { type Database, rowsOf, type Sql, type Transaction } from "./database.ts";
import { andCarried, byScore, type Filter, type Hit, hitOf, matchesNothing } from "./passages.ts";
import { chunkWords } from "./schema.ts";
import { list, mostOf, splitWords, type Weighted, WordWeights } from "./wordWeights.ts";

/** A word as the store knows it: 64 bits of its SHA-256, since an index takes no word of any length. */
const hashOf = (word: string): bigint => createHash("sha256").update(word).digest().readBigInt64BE(0);

/** The row that keeps a passage's words. */
const rowOf = (documentId: string, { ordinal, text }: { ordinal: number; text: string }) => {
  const counted = [...countWords(text)]
    .map(([word, count]) => [hashOf(word), count] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    documentId,
    ordinal,
    words: counted.map(([word]) => word),
    counts: counted.map(([, count]) => count),
    length: counted.length,
  };
};

/** One parameter a number: written as a literal so that they are not computed as decimals. */
const number = (value: number) => sql.raw(`(${value})::float8`);

/** Words with their weights as rows of SQL. */
const rows = (words: readonly Weighted[]) =>
  sql`unnest(${list(words.map(({ word }) => word))}::int8[], ${list(words.map(({ weight }) => weight))}::float8[]) AS q (word, weight)`;

/** More than the sums of two ways of adding differ by, in scores. */
const ROUNDING = 4 / SCORE_STEPS;

/** Keyword search over all passages by BM25, computed in the database from the words that are kept of each. */
export class Keywords {
  readonly #weights = new WordWeights();

  constructor(private readonly database: Database) {}

  private get db(): Sql {
    return this.database.sql;
  }

  /** Keeps the words of a document's passages, which are new. */
  async put(tx: Transaction, documentId: string, passages: readonly { ordinal: number; text: string }[]) {
    const rows = passages.map((passage) => rowOf(documentId, passage));
    for (let start = 0; start < rows.length; start += 500)
      await tx.insert(chunkWords).values(rows.slice(start, start + 500));
  }

  /**
   * The k passages of the highest BM25 that hold a word of the question; `rankBm25` of the evaluation over all passages, in order of
   * document and place, gives the same. A filter leaves out what was found; it does not change how rare a word is.
   *
   * @param options.within  a transaction that reads one state of the store
   */
  async search(options: { question: string; k: number; filter?: Filter; within?: Transaction }): Promise<Hit[]> {
    const { question, k, filter = [], within } = options;
    const asked = new Map([...countWords(question)].map(([word, times]) => [hashOf(word), times]));
    if (asked.size === 0 || matchesNothing(filter)) return [];
    const search = async (tx: Transaction): Promise<Hit[]> => {
      const { words, length } = await this.#weights.of(tx, asked);
      if (words.length === 0) return [];
      const { walked, common } = splitWords(words, k);
      const found = await this.#best(tx, { walked, common, length, k, filter });
      if (common.length === 0 || found.least > mostOf(common) + ROUNDING) return found.hits;
      // A passage that holds only common words may be among the best: all have to be walked through.
      return (await this.#best(tx, { walked: words, common: [], length, k, filter })).hits;
    };
    return within
      ? search(within)
      : this.db.transaction(search, { isolationLevel: "repeatable read", accessMode: "read only" });
  }

  /**
   * The best of the passages that hold a word of `walked`, by all words: a passage's score by `walked` is added up first, and the common
   * words are looked up only in those that could still come among the first k by them.
   *
   * @returns `least`: what the k-th best has by `walked` alone; −∞ where there are fewer
   */
  async #best(
    tx: Transaction,
    options: { walked: Weighted[]; common: Weighted[]; length: number; k: number; filter: Filter },
  ): Promise<{ hits: Hit[]; least: number }> {
    const { walked, common, filter } = options;
    const [k, b, one, length] = [BM25.k, BM25.b, 1, options.length].map(number) as [SQL, SQL, SQL, SQL];
    // Bisection finds the place of the largest hash that is not above the word's; a word that a passage lacks brings nothing.
    const held = sql`LATERAL (SELECT width_bucket(q.word, w.words) AS place OFFSET 0) AS at,
      LATERAL (SELECT CASE WHEN w.words[at.place] = q.word THEN w.counts[at.place]::float8 ELSE 0 END AS count OFFSET 0) AS held`;
    const score = sql`sum(q.weight * held.count * (${k} + ${one}) / (held.count + ${k} * (${one} - ${b} + ${b} * w.length / ${length})))`;
    const rest =
      common.length === 0
        ? sql`p.score`
        : sql`p.score + (SELECT ${score} FROM chunk_words w, ${rows(common)}, ${held} WHERE w.document_id = p.document_id AND w.ordinal = p.ordinal)`;
    const statement = sql`
      WITH part AS MATERIALIZED (
        SELECT w.document_id, w.ordinal, ${score} AS score
        FROM ${rows(walked)} JOIN chunk_words w ON w.words @> ARRAY[q.word], ${held}
        WHERE true${andCarried(filter, sql`w.document_id`)}
        GROUP BY w.document_id, w.ordinal),
      least AS MATERIALIZED (SELECT p.score FROM part p ORDER BY p.score DESC OFFSET ${options.k - 1} LIMIT 1),
      best AS (
        SELECT p.document_id, p.ordinal, round((${rest}) * ${number(SCORE_STEPS)}) AS steps FROM part p
        WHERE p.score >= coalesce((SELECT score FROM least), 0) - ${number(mostOf(common) + ROUNDING)}
        ORDER BY steps DESC, p.document_id COLLATE "C", p.ordinal LIMIT ${options.k})
      SELECT n.document_id, n.ordinal, d.title, d.source, c.text, d.metadata, n.steps / ${number(SCORE_STEPS)} AS score,
        (SELECT score FROM least) AS least
      FROM best n
      JOIN chunks c ON c.document_id = n.document_id AND c.ordinal = n.ordinal
      JOIN documents d ON d.id = n.document_id`;
    const found = rowsOf(await tx.execute(statement));
    const least = found[0]?.least;
    return {
      hits: found.map(hitOf).sort(byScore),
      least: least === null || least === undefined ? -Infinity : Number(least),
    };
  }

  /**
   * Lists the words of passages that are older than their table, in key order from a place on.
   * @returns the last one's place, for the next call; null when there was none
   */
  async fill(after: Place | null, limit: number): Promise<Place | null> {
    const found = rowsOf(
      await this.db.execute(sql`
        SELECT c.document_id, c.ordinal, c.text FROM chunks c
        WHERE NOT EXISTS (SELECT FROM chunk_words w WHERE w.document_id = c.document_id AND w.ordinal = c.ordinal)
          ${after ? sql`AND (c.document_id, c.ordinal) > (${after.documentId}, ${after.ordinal})` : sql``}
        ORDER BY c.document_id, c.ordinal LIMIT ${limit}`),
    ) as { document_id: string; ordinal: number; text: string }[];
    const last = found.at(-1);
    if (!last) return null;
    const values = found.map(({ document_id: id, ordinal, text }) => {
      const { words, counts, length } = rowOf(id, { ordinal, text });
      return sql`(${id}::text, ${ordinal}::int, ${text}::text, ${list(words)}::int8[], ${list(counts)}::int4[], ${length}::int)`;
    });
    // A passage that was replaced meanwhile has words of its own; one that is being replaced is waited for.
    await this.db.execute(sql`
      INSERT INTO chunk_words (document_id, ordinal, words, counts, length)
      SELECT c.document_id, c.ordinal, v.words, v.counts, v.length
      FROM (VALUES ${sql.join(values, sql`, `)}) AS v (document_id, ordinal, text, words, counts, length)
      JOIN chunks c ON c.document_id = v.document_id AND c.ordinal = v.ordinal AND c.text = v.text
      FOR SHARE OF c
      ON CONFLICT (document_id, ordinal) DO NOTHING`);
    return { documentId: last.document_id, ordinal: Number(last.ordinal) };
  }
}

/** Where a passage stands among all. */
export interface Place {
  documentId: string;
  ordinal: number;
}
