import { eq, sql } from "drizzle-orm";
import { StudioError } from "../../src/domain/errors.ts";
import type { Collection, CollectionStore } from "./collections.ts";
import type { Database, Sql } from "./database.ts";
import { checkedId, efSearch, HNSW_FROM, HNSW_MAX_DIMENSION, indexName } from "./hnsw.ts";
import { embeddings } from "./schema.ts";

/** A passage and how near it is. */
export interface Hit {
  documentId: string;
  ordinal: number;
  title: string;
  source: string | null;
  text: string;
  metadata: Record<string, string | number | boolean>;
  /** Cosine similarity, −1…1. */
  score: number;
}

const INDEXED_MS = 5000;

/** pgvector's text form of a vector. */
export const vectorLiteral = (values: Float32Array): string => `[${values.join(",")}]`;

/** Finds the nearest passages of a collection: exactly, or by its HNSW index. */
export class Nearest {
  readonly #indexed = new Map<string, { value: boolean; at: number }>();

  constructor(
    private readonly database: Database,
    private readonly collections: CollectionStore,
  ) {}

  private get db(): Sql {
    return this.database.sql;
  }

  /** Gives a large collection its HNSW index; does nothing below `from` chunks, or beyond pgvector's dimensions for it. */
  async index(id: string, from = HNSW_FROM): Promise<boolean> {
    const collection = await this.collections.find(id);
    if (!collection || collection.dimension > HNSW_MAX_DIMENSION || (await this.#size(id)) < from) return false;
    // A partial index over a cast: each collection has its own dimension, and pgvector wants one.
    await this.db.execute(
      sql.raw(
        `CREATE INDEX IF NOT EXISTS "${indexName(id)}" ON embeddings USING hnsw ((embedding::vector(${collection.dimension})) vector_cosine_ops) WHERE collection_id = '${checkedId(id)}'`,
      ),
    );
    this.#indexed.delete(id);
    return true;
  }

  async #size(id: string): Promise<number> {
    const [row] = await this.db
      .select({ n: sql<number>`count(*)::int` })
      .from(embeddings)
      .where(eq(embeddings.collectionId, id));
    return row?.n ?? 0;
  }

  /** Whether a collection has its HNSW index; an answer is remembered for a few seconds, and both answers are right to act on. */
  async indexed(id: string): Promise<boolean> {
    const known = this.#indexed.get(id);
    if (known && performance.now() - known.at < INDEXED_MS) return known.value;
    const result = await this.db.execute(sql`SELECT 1 FROM pg_indexes WHERE indexname = ${indexName(id)}`);
    const value = (result as unknown as { rows: unknown[] }).rows.length > 0;
    this.#indexed.set(id, { value, at: performance.now() });
    return value;
  }

  /**
   * The k nearest chunks of one collection by cosine.
   *
   * @param options.dimension  compares only the first components (Matryoshka); exact, without the index
   * @param options.filter     `[name, value]` of metadata that a document must carry, compared as text; exact as well
   * @param options.exact      compares every chunk even where there is an index
   */
  async search(options: {
    collection: Collection;
    query: Float32Array;
    k: number;
    dimension?: number;
    filter?: readonly (readonly [name: string, value: string])[];
    exact?: boolean;
  }): Promise<{ hits: Hit[]; exact: boolean }> {
    const { collection, k, filter = [], dimension = collection.dimension } = options;
    if (options.query.length !== collection.dimension)
      throw new StudioError(
        "dimension-mismatch",
        `The query has ${options.query.length} dimensions; the collection has ${collection.dimension}.`,
        "Embed the query with the collection's model.",
      );
    const cut = dimension < collection.dimension;
    const left = cut
      ? `subvector(e.embedding::vector(${collection.dimension}), 1, ${Math.trunc(dimension)})`
      : `e.embedding::vector(${collection.dimension})`;
    const query = vectorLiteral(options.query.subarray(0, dimension));
    const exact = options.exact || cut || filter.length > 0 || !(await this.indexed(collection.id));
    const wanted = filter.map(([name, value]) => sql` AND d.metadata ->> ${name} = ${value}`);
    const carried =
      filter.length > 0
        ? sql` AND EXISTS (SELECT 1 FROM documents d WHERE d.id = e.document_id${sql.join(wanted, sql``)})`
        : sql``;
    // Exact scores order by an expression that no index serves; `+ 0` keeps the planner from trying.
    const order = sql`${sql.raw(left)} <=> ${query}::vector`;
    const statement = sql`
      SELECT n.document_id, n.ordinal, d.title, d.source, c.text, d.metadata, 1 - n.distance AS score
      FROM (SELECT e.document_id, e.ordinal, ${order} AS distance FROM embeddings e
            WHERE e.collection_id = ${sql.raw(`'${checkedId(collection.id)}'`)}${carried}
            ORDER BY ${exact ? sql`(${order}) + 0` : order} LIMIT ${k}) n
      JOIN chunks c ON c.document_id = n.document_id AND c.ordinal = n.ordinal
      JOIN documents d ON d.id = n.document_id`;
    const result = exact
      ? await this.db.execute(statement)
      : await this.db.transaction(async (tx) => {
          await tx.execute(sql.raw(`SET LOCAL hnsw.ef_search = ${efSearch(k)}`));
          return tx.execute(statement);
        });
    const rows = (result as unknown as { rows: Record<string, unknown>[] }).rows;
    const hits = rows
      .map((row) => ({
        documentId: row.document_id as string,
        ordinal: Number(row.ordinal),
        title: row.title as string,
        source: row.source as string | null,
        text: row.text as string,
        metadata: row.metadata as Hit["metadata"],
        score: Number(row.score),
      }))
      .sort(
        (a, b) =>
          b.score - a.score ||
          (a.documentId < b.documentId ? -1 : a.documentId > b.documentId ? 1 : a.ordinal - b.ordinal),
      );
    return { hits, exact };
  }
}
