import { createHash } from "node:crypto";
import { sql } from "drizzle-orm";
import { BM25, countWords, SCORE_STEPS } from "../../src/domain/evaluation/words.ts";
import { type Database, rowsOf, type Sql, type Transaction } from "./database.ts";
import { andCarried, byScore, type Filter, type Hit, hitOf, matchesNothing } from "./passages.ts";
import { chunkWords } from "./schema.ts";

/** A word as the store knows it: 64 bits of its SHA-256, since an index takes no word of any length. */
const hashOf = (word: string): bigint => createHash("sha256").update(word).digest().readBigInt64BE(0);

/** Postgres' text form of a list of numbers. */
const list = (values: Iterable<number | bigint>): string => `{${[...values].join(",")}}`;

/** The row that keeps a passage's words. */
const rowOf = (documentId: string, { ordinal, text }: { ordinal: number; text: string }) => {
  const counted = [...countWords(text)].sort(([, a], [, b]) => b - a);
  return {
    documentId,
    ordinal,
    words: counted.map(([word]) => hashOf(word)),
    counts: counted.map(([, count]) => count),
    length: counted.length,
  };
};

/** One parameter a number: written as a literal so that they are not computed as decimals. */
const number = (value: number) => sql.raw(`${value}::float8`);

/** Keyword search over all passages by BM25, computed in the database from the words that are kept of each. */
export class Keywords {
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
   * Frequencies are counted among the passages that are read anyway, so nothing but the passages' own rows has to be kept in step.
   */
  async search(options: { question: string; k: number; filter?: Filter; within?: Transaction }): Promise<Hit[]> {
    const { filter = [], within } = options;
    const words = countWords(options.question);
    if (words.size === 0 || matchesNothing(filter)) return [];
    const asked = sql`unnest(${list([...words.keys()].map(hashOf))}::int8[], ${list(words.values())}::int4[]) AS q (word, times)`;
    const [k, b, one, half] = [number(BM25.k), number(BM25.b), number(1), number(0.5)];
    const statement = sql`
      WITH total AS (SELECT count(*)::float8 AS passages, avg(length)::float8 AS length FROM chunk_words),
      found AS MATERIALIZED (
        SELECT w.document_id, w.ordinal, w.length::float8 AS length, q.word, q.times,
          w.counts[array_position(w.words, q.word)]::float8 AS count
        FROM ${asked} JOIN chunk_words w ON w.words @> ARRAY[q.word]),
      weight AS (
        SELECT word, ln(${one} + (max(total.passages) - count(*)::float8 + ${half}) / (count(*)::float8 + ${half})) AS idf
        FROM found, total GROUP BY word),
      best AS (
        SELECT f.document_id, f.ordinal, round(sum(f.times * weight.idf * f.count * (${k} + ${one})
          / (f.count + ${k} * (${one} - ${b} + ${b} * f.length / total.length))) * ${number(SCORE_STEPS)}) AS steps
        FROM found f JOIN weight ON weight.word = f.word, total
        WHERE true${andCarried(filter, sql`f.document_id`)}
        GROUP BY f.document_id, f.ordinal
        ORDER BY steps DESC, f.document_id COLLATE "C", f.ordinal LIMIT ${options.k})
      SELECT n.document_id, n.ordinal, d.title, d.source, c.text, d.metadata, n.steps / ${number(SCORE_STEPS)} AS score
      FROM best n
      JOIN chunks c ON c.document_id = n.document_id AND c.ordinal = n.ordinal
      JOIN documents d ON d.id = n.document_id`;
    return rowsOf(await (within ?? this.db).execute(statement))
      .map(hitOf)
      .sort(byScore);
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
