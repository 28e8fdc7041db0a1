import { and, asc, eq, sql } from "drizzle-orm";
import { StudioError } from "../../src/domain/errors.ts";
import type { Database, Sql } from "./database.ts";
import { chunks, collections, documents, embeddings } from "./schema.ts";

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

export interface StoredDocument {
  id: string;
  contentHash: string;
  title: string;
  mediaType: string;
  source?: string | null;
  text: string;
  metadata: Record<string, string | number | boolean>;
}

/** A transaction that callers may add their own writes to. */
export type Transaction = Parameters<Parameters<Sql["transaction"]>[0]>[0];

export interface EmbeddedChunk {
  ordinal: number;
  text: string;
  tokens: number;
  /** One vector for each collection that is active or being built. */
  vectors: ReadonlyMap<string, Float32Array>;
}

export type Collection = typeof collections.$inferSelect;

/** Above this many chunks a collection gets an HNSW index; below, exact search is as fast and misses nothing. */
export const HNSW_FROM = 50_000;

/** Collection ids are model fingerprints; they are written into index predicates, so their form is checked. */
const literal = (id: string): string => {
  if (!/^[0-9a-f]{8,64}$/.test(id))
    throw new StudioError(
      "collection-invalid",
      "A collection is named by a model fingerprint.",
      "Use the fingerprint that the registry shows.",
    );
  return id;
};
const indexName = (id: string): string => `hnsw_${literal(id).slice(0, 40)}`;
/** pgvector's limit for an index over `vector`. */
const HNSW_MAX_DIMENSION = 2000;
const INDEXED_MS = 5000;
const vectorLiteral = (values: Float32Array): string => `[${values.join(",")}]`;

const isComplete = async (db: Sql | Transaction, id: string): Promise<boolean> => {
  const result = await db.execute(sql`
    SELECT 1 AS lacking FROM chunks c
    WHERE NOT EXISTS (SELECT 1 FROM embeddings e
      WHERE e.document_id = c.document_id AND e.ordinal = c.ordinal AND e.collection_id = ${id})
    LIMIT 1`);
  return (result as unknown as { rows: unknown[] }).rows.length === 0;
};

const switchTo = async (tx: Transaction, id: string): Promise<void> => {
  await tx
    .update(collections)
    .set({ status: "retired" })
    .where(and(eq(collections.status, "active"), sql`${collections.id} <> ${id}`));
  await tx.update(collections).set({ status: "active", activatedAt: new Date() }).where(eq(collections.id, id));
};

/** Documents, chunks and vectors; a collection holds the vectors of exactly one model. */
export class VectorStore {
  readonly #indexed = new Map<string, { value: boolean; at: number }>();

  constructor(private readonly database: Database) {}

  private get db(): Sql {
    return this.database.sql;
  }

  get kind(): Database["kind"] {
    return this.database.kind;
  }

  async collections(): Promise<Collection[]> {
    return this.db.select().from(collections).orderBy(asc(collections.createdAt));
  }

  async active(): Promise<Collection | null> {
    const [found] = await this.db.select().from(collections).where(eq(collections.status, "active"));
    return found ?? null;
  }

  /** Starts a collection, or takes one up again that is retired or half built. */
  async build(collection: {
    id: string;
    modelId: string;
    modelVersion: string | null;
    dimension: number;
  }): Promise<Collection> {
    literal(collection.id);
    const [row] = await this.db
      .insert(collections)
      .values({ ...collection, status: "building" })
      .onConflictDoUpdate({
        target: collections.id,
        set: {
          status: sql`CASE WHEN ${collections.status} = 'active' THEN 'active' ELSE 'building' END`,
          modelVersion: collection.modelVersion,
        },
      })
      .returning();
    if (row.dimension !== collection.dimension)
      throw new StudioError(
        "dimension-mismatch",
        `The collection holds vectors of ${row.dimension} dimensions; the model gives ${collection.dimension}.`,
        "Ingest the documents again with this model.",
      );
    return row;
  }

  /** Makes a built collection the one that answers, and retires the one before, in one transaction. */
  async activate(id: string): Promise<void> {
    await this.db.transaction((tx) => switchTo(tx, id));
  }

  /** Activates a collection if no chunk lacks a vector in it; ingestion is held back meanwhile. @returns whether it was */
  async activateIfComplete(id: string): Promise<boolean> {
    return this.db.transaction(async (tx) => {
      await tx.select({ id: collections.id }).from(collections).orderBy(asc(collections.id)).for("update");
      if (!(await isComplete(tx, id))) return false;
      await switchTo(tx, id);
      return true;
    });
  }

  /** Whether every chunk has a vector in a collection. */
  async complete(id: string): Promise<boolean> {
    return isComplete(this.db, id);
  }

  /** Says whether new documents go into a collection that is not the active one. */
  async keep(id: string, kept: boolean): Promise<void> {
    await this.db.update(collections).set({ kept }).where(eq(collections.id, id));
  }

  /** Ends the building of a collection that is not to be activated. */
  async settle(id: string): Promise<void> {
    await this.db
      .update(collections)
      .set({ status: "retired" })
      .where(and(eq(collections.id, id), eq(collections.status, "building")));
  }

  async collection(id: string): Promise<Collection | null> {
    const [found] = await this.db.select().from(collections).where(eq(collections.id, id));
    return found ?? null;
  }

  /** Removes a collection's vectors; the documents stay. The active collection is never removed. */
  async dropCollection(id: string): Promise<void> {
    await this.db.transaction(async (tx) => {
      const [row] = await tx.select().from(collections).where(eq(collections.id, id));
      if (!row || row.status === "active") return;
      await tx.execute(sql.raw(`DROP INDEX IF EXISTS "${indexName(id)}"`));
      await tx.delete(embeddings).where(eq(embeddings.collectionId, id));
      await tx.delete(collections).where(eq(collections.id, id));
    });
  }

  /** The stored content hash, to tell an unchanged document from a new one. */
  async contentHash(documentId: string): Promise<string | null> {
    const [row] = await this.db
      .select({ hash: documents.contentHash })
      .from(documents)
      .where(eq(documents.id, documentId));
    return row?.hash ?? null;
  }

  /** Collections that new documents must go into: the active one, and those kept beside it. */
  async live(): Promise<Collection[]> {
    return this.db
      .select()
      .from(collections)
      .where(sql`${collections.status} IN ('active', 'building') OR ${collections.kept}`)
      .orderBy(asc(collections.createdAt));
  }

  /**
   * Replaces a document with all its chunks and vectors at once; readers see the old or the new, never half.
   *
   * @param options.without    collections that may lack the document, because their model can not be loaded
   * @param options.alongside  further writes of the same transaction
   * @throws StudioError       `collections-changed` when another collection was activated since the vectors were made
   */
  async putDocument(
    document: StoredDocument,
    pieces: readonly EmbeddedChunk[],
    options: { without?: ReadonlySet<string>; alongside?: (tx: Transaction) => Promise<void> } = {},
  ): Promise<void> {
    await this.db.transaction(async (tx) => {
      // Shared locks hold back `activate`, which locks the same rows: no collection becomes active without this document.
      const present = await tx.select().from(collections).orderBy(asc(collections.id)).for("share");
      const given = new Set(pieces.flatMap(({ vectors }) => [...vectors.keys()]));
      const lacking = present.some(
        ({ id, status, kept }) => (status === "active" || kept) && !given.has(id) && !options.without?.has(id),
      );
      if (pieces.length > 0 && lacking)
        throw new StudioError(
          "collections-changed",
          "Another model went into production while the document was embedded.",
          "Embed it again with the present model.",
        );
      await tx
        .insert(documents)
        .values(document)
        .onConflictDoUpdate({ target: documents.id, set: { ...document, updatedAt: new Date() } });
      await tx.delete(chunks).where(eq(chunks.documentId, document.id));
      if (pieces.length > 0) {
        const known = new Set(present.map(({ id }) => id));
        const passages = pieces.map(({ ordinal, text, tokens }) => ({
          documentId: document.id,
          ordinal,
          text,
          tokens,
        }));
        for (let start = 0; start < passages.length; start += 500)
          await tx.insert(chunks).values(passages.slice(start, start + 500));
        const rows = pieces.flatMap(({ ordinal, vectors }) =>
          [...vectors]
            .filter(([collectionId]) => known.has(collectionId))
            .map(([collectionId, embedding]) => ({ documentId: document.id, ordinal, collectionId, embedding })),
        );
        for (let start = 0; start < rows.length; start += 200)
          await tx.insert(embeddings).values(rows.slice(start, start + 200));
      }
      await options.alongside?.(tx);
    });
  }

  /** Title, source and metadata of a document whose text is the same; `alongside` as for `putDocument`. */
  async describeDocument(
    document: StoredDocument,
    alongside: (tx: Transaction) => Promise<void> = async () => {},
  ): Promise<void> {
    const { title, source, metadata } = document;
    await this.db.transaction(async (tx) => {
      await tx.update(documents).set({ title, source, metadata }).where(eq(documents.id, document.id));
      await alongside(tx);
    });
  }

  async getDocument(id: string): Promise<(typeof documents.$inferSelect & { chunks: number }) | null> {
    const [row] = await this.db.select().from(documents).where(eq(documents.id, id));
    if (!row) return null;
    const [{ count }] = await this.db
      .select({ count: sql<number>`count(*)::int` })
      .from(chunks)
      .where(eq(chunks.documentId, id));
    return { ...row, chunks: count };
  }

  /** Newest first; `before` is the last document of the page before. */
  async listDocuments(options: { before: { updatedAt: Date; id: string } | null; limit: number }) {
    const { before } = options;
    return this.db
      .select({
        id: documents.id,
        title: documents.title,
        source: documents.source,
        mediaType: documents.mediaType,
        metadata: documents.metadata,
        characters: sql<number>`char_length(${documents.text})::int`,
        updatedAt: documents.updatedAt,
        chunks: sql<number>`(SELECT count(*)::int FROM chunks c WHERE c.document_id = ${documents.id})`,
      })
      .from(documents)
      .where(
        before
          ? sql`(date_trunc('milliseconds', ${documents.updatedAt}), ${documents.id}) < (${before.updatedAt.toISOString()}::timestamptz, ${before.id})`
          : undefined,
      )
      .orderBy(sql`date_trunc('milliseconds', ${documents.updatedAt}) DESC, ${documents.id} DESC`)
      .limit(options.limit);
  }

  /** @returns whether it was there */
  async deleteDocument(id: string): Promise<boolean> {
    const gone = await this.db.delete(documents).where(eq(documents.id, id)).returning({ id: documents.id });
    return gone.length > 0;
  }

  /** The next chunks that a collection still lacks, in key order. */
  async missing(collectionId: string, limit: number): Promise<{ documentId: string; ordinal: number; text: string }[]> {
    return this.db
      .select({ documentId: chunks.documentId, ordinal: chunks.ordinal, text: chunks.text })
      .from(chunks)
      .leftJoin(
        embeddings,
        and(
          eq(embeddings.documentId, chunks.documentId),
          eq(embeddings.ordinal, chunks.ordinal),
          eq(embeddings.collectionId, collectionId),
        ),
      )
      .where(sql`${embeddings.collectionId} IS NULL`)
      .orderBy(asc(chunks.documentId), asc(chunks.ordinal))
      .limit(limit);
  }

  /** Adds vectors of existing chunks. A chunk that was replaced meanwhile (its text differs) is left for the next round. */
  async addVectors(
    collectionId: string,
    rows: readonly { documentId: string; ordinal: number; text: string; embedding: Float32Array }[],
  ): Promise<void> {
    if (rows.length === 0) return;
    const values = rows.map(
      ({ documentId, ordinal, text, embedding }) =>
        sql`(${documentId}::text, ${ordinal}::int, ${text}::text, ${vectorLiteral(embedding)}::vector)`,
    );
    await this.db.transaction(async (tx) => {
      // A collection that was dropped meanwhile takes nothing.
      const [present] = await tx.select().from(collections).where(eq(collections.id, collectionId)).for("share");
      if (!present) return;
      await tx.execute(sql`
        INSERT INTO embeddings (document_id, ordinal, collection_id, embedding)
        SELECT c.document_id, c.ordinal, ${collectionId}, v.embedding
        FROM (VALUES ${sql.join(values, sql`, `)}) AS v (document_id, ordinal, text, embedding)
        JOIN chunks c ON c.document_id = v.document_id AND c.ordinal = v.ordinal AND c.text = v.text
        ON CONFLICT (document_id, ordinal, collection_id) DO UPDATE SET embedding = EXCLUDED.embedding`);
    });
  }

  async documentCount(): Promise<number> {
    const [row] = await this.db.select({ n: sql<number>`count(*)::int` }).from(documents);
    return row?.n ?? 0;
  }

  /** Everything counted; walks the whole index of vectors. */
  async counts(): Promise<{ documents: number; chunks: number; vectors: Record<string, number> }> {
    const [{ d, c }] = await this.db
      .select({
        d: sql<number>`(SELECT count(*)::int FROM documents)`,
        c: sql<number>`(SELECT count(*)::int FROM chunks)`,
      })
      .from(sql`(SELECT 1) one`);
    const per = await this.db
      .select({ id: embeddings.collectionId, n: sql<number>`count(*)::int` })
      .from(embeddings)
      .groupBy(embeddings.collectionId);
    return { documents: d, chunks: c, vectors: Object.fromEntries(per.map(({ id, n }) => [id, n])) };
  }

  /** Gives a large collection its HNSW index; does nothing below `from` chunks, or beyond pgvector's dimensions for it. */
  async index(id: string, from = HNSW_FROM): Promise<boolean> {
    const collection = await this.collection(id);
    if (!collection || collection.dimension > HNSW_MAX_DIMENSION || (await this.size(id)) < from) return false;
    // A partial index over a cast: each collection has its own dimension, and pgvector wants one.
    await this.db.execute(
      sql.raw(
        `CREATE INDEX IF NOT EXISTS "${indexName(id)}" ON embeddings USING hnsw ((embedding::vector(${collection.dimension})) vector_cosine_ops) WHERE collection_id = '${literal(id)}'`,
      ),
    );
    this.#indexed.delete(id);
    return true;
  }

  /** Vectors in a collection. */
  async size(id: string): Promise<number> {
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
            WHERE e.collection_id = ${sql.raw(`'${literal(collection.id)}'`)}${carried}
            ORDER BY ${exact ? sql`(${order}) + 0` : order} LIMIT ${k}) n
      JOIN chunks c ON c.document_id = n.document_id AND c.ordinal = n.ordinal
      JOIN documents d ON d.id = n.document_id`;
    const result = exact
      ? await this.db.execute(statement)
      : await this.db.transaction(async (tx) => {
          await tx.execute(sql.raw(`SET LOCAL hnsw.ef_search = ${Math.min(1000, Math.max(200, 10 * Math.trunc(k)))}`));
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
