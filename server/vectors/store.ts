import { and, asc, eq, sql } from "drizzle-orm";
import { StudioError } from "../../src/domain/errors.ts";
import type { Database, Sql } from "./database.ts";
import { chunks, collections, documents, embeddings } from "./schema.ts";

/** A passage and how near it is. */
export interface Hit {
  documentId: string;
  ordinal: number;
  title: string;
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
  text: string;
  metadata: Record<string, string | number | boolean>;
}

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
const vectorLiteral = (values: Float32Array): string => `[${values.join(",")}]`;

/** Documents, chunks and vectors; a collection holds the vectors of exactly one model. */
export class VectorStore {
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
    await this.db.transaction(async (tx) => {
      await tx
        .update(collections)
        .set({ status: "retired" })
        .where(and(eq(collections.status, "active"), sql`${collections.id} <> ${id}`));
      await tx.update(collections).set({ status: "active", activatedAt: new Date() }).where(eq(collections.id, id));
    });
  }

  /** Removes a collection's vectors; the documents stay. The active collection is never removed. */
  async dropCollection(id: string): Promise<void> {
    await this.db.transaction(async (tx) => {
      const [row] = await tx.select().from(collections).where(eq(collections.id, id));
      if (!row || row.status === "active") return;
      await tx.execute(sql.raw(`DROP INDEX IF EXISTS "hnsw_${literal(id).slice(0, 40)}"`));
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

  /** Replaces a document with all its chunks and vectors at once; readers see the old or the new, never half. */
  async putDocument(document: StoredDocument, pieces: readonly EmbeddedChunk[]): Promise<void> {
    await this.db.transaction(async (tx) => {
      await tx
        .insert(documents)
        .values(document)
        .onConflictDoUpdate({ target: documents.id, set: { ...document, updatedAt: new Date() } });
      await tx.delete(chunks).where(eq(chunks.documentId, document.id));
      if (pieces.length === 0) return;
      await tx
        .insert(chunks)
        .values(pieces.map(({ ordinal, text, tokens }) => ({ documentId: document.id, ordinal, text, tokens })));
      const rows = pieces.flatMap(({ ordinal, vectors }) =>
        [...vectors].map(([collectionId, embedding]) => ({
          documentId: document.id,
          ordinal,
          collectionId,
          embedding,
        })),
      );
      for (let start = 0; start < rows.length; start += 500)
        await tx.insert(embeddings).values(rows.slice(start, start + 500));
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

  /** Documents by id, for listing; `after` is the last id of the page before. */
  async listDocuments(options: { after: string | null; limit: number }) {
    return this.db
      .select({
        id: documents.id,
        title: documents.title,
        mediaType: documents.mediaType,
        updatedAt: documents.updatedAt,
        chunks: sql<number>`(SELECT count(*)::int FROM chunks c WHERE c.document_id = ${documents.id})`,
      })
      .from(documents)
      .where(options.after === null ? undefined : sql`${documents.id} > ${options.after}`)
      .orderBy(asc(documents.id))
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
    await this.db.transaction(async (tx) => {
      for (const { documentId, ordinal, text, embedding } of rows)
        await tx.execute(sql`
          INSERT INTO embeddings (document_id, ordinal, collection_id, embedding)
          SELECT c.document_id, c.ordinal, ${collectionId}, ${vectorLiteral(embedding)}::vector FROM chunks c
          WHERE c.document_id = ${documentId} AND c.ordinal = ${ordinal} AND c.text = ${text}
          ON CONFLICT (document_id, ordinal, collection_id) DO UPDATE SET embedding = EXCLUDED.embedding`);
    });
  }

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

  /** Gives a large collection its HNSW index; does nothing below `from` chunks. */
  async index(id: string, from = HNSW_FROM): Promise<boolean> {
    const [collection] = await this.db.select().from(collections).where(eq(collections.id, id));
    const [{ n }] = await this.db
      .select({ n: sql<number>`count(*)::int` })
      .from(embeddings)
      .where(eq(embeddings.collectionId, id));
    if (!collection || n < from) return false;
    // A partial index over a cast: each collection has its own dimension, and pgvector wants one.
    await this.db.execute(
      sql.raw(
        `CREATE INDEX IF NOT EXISTS "hnsw_${literal(id).slice(0, 40)}" ON embeddings USING hnsw ((embedding::vector(${collection.dimension})) vector_cosine_ops) WHERE collection_id = '${literal(id)}'`,
      ),
    );
    return true;
  }

  /**
   * The k nearest chunks of one collection by cosine.
   *
   * @param options.dimension  compares only the first components (Matryoshka); exact, without the index
   * @param options.filter     metadata that a document must carry
   */
  async search(options: {
    collection: Collection;
    query: Float32Array;
    k: number;
    dimension?: number;
    filter?: Record<string, string | number | boolean>;
  }): Promise<Hit[]> {
    const { collection, k, dimension = collection.dimension } = options;
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
    const filter =
      options.filter && Object.keys(options.filter).length > 0
        ? sql`AND d.metadata @> ${JSON.stringify(options.filter)}::jsonb`
        : sql``;
    // The nearest are found first and joined after, so that the index can serve the ordering. Ids break ties.
    const result = await this.db.execute(sql`
      SELECT e.document_id, e.ordinal, d.title, c.text, d.metadata, 1 - (${sql.raw(left)} <=> ${query}::vector) AS score
      FROM embeddings e
      JOIN chunks c ON c.document_id = e.document_id AND c.ordinal = e.ordinal
      JOIN documents d ON d.id = e.document_id
      WHERE e.collection_id = ${sql.raw(`'${literal(collection.id)}'`)} ${filter}
      ORDER BY ${sql.raw(left)} <=> ${query}::vector
      LIMIT ${k}`);
    const rows = (result as unknown as { rows: Record<string, unknown>[] }).rows;
    return rows
      .map((row) => ({
        documentId: row.document_id as string,
        ordinal: Number(row.ordinal),
        title: row.title as string,
        text: row.text as string,
        metadata: row.metadata as Hit["metadata"],
        score: Number(row.score),
      }))
      .sort(
        (a, b) =>
          b.score - a.score ||
          (a.documentId < b.documentId ? -1 : a.documentId > b.documentId ? 1 : a.ordinal - b.ordinal),
      );
  }
}
