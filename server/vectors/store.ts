import { and, asc, eq, sql } from "drizzle-orm";
import type { StoredForm } from "../../src/domain/evaluation/bytes/forms.ts";
import { StudioError } from "../../src/domain/errors.ts";
import { CollectionStore } from "./collections.ts";
import { type Database, rowsOf, type Sql, type Transaction } from "./database.ts";
import { Keywords } from "./keywords.ts";
import { Nearest, vectorLiteral } from "./nearest.ts";
import { chunks, collections, documents, embeddings, halfEmbeddings } from "./schema.ts";
import { LAYOUTS, tablesOf } from "./vectorTypes.ts";
import type { Metadata } from "../../src/domain/api/index.ts";

export interface StoredDocument {
  id: string;
  contentHash: string;
  title: string;
  mediaType: string;
  source?: string | null;
  text: string;
  metadata: Metadata;
}

export interface EmbeddedChunk {
  ordinal: number;
  text: string;
  tokens: number;
  /** One vector for each collection that is active or being built. */
  vectors: ReadonlyMap<string, Float32Array>;
}

/** Where vectors are, by the type of their collection. */
const TABLES = { embeddings, half_embeddings: halfEmbeddings };

/** Documents, their chunks, and each chunk's words, and vectors in the collections. */
export class VectorStore {
  readonly collections: CollectionStore;
  readonly nearest: Nearest;
  readonly keywords: Keywords;

  constructor(private readonly database: Database) {
    this.collections = new CollectionStore(database);
    this.nearest = new Nearest(database, this.collections);
    this.keywords = new Keywords(database);
  }

  private get db(): Sql {
    return this.database.sql;
  }

  get kind(): Database["kind"] {
    return this.database.kind;
  }

  /** The stored content hash, to tell an unchanged document from a new one. */
  async contentHash(documentId: string): Promise<string | null> {
    const [row] = await this.db
      .select({ hash: documents.contentHash })
      .from(documents)
      .where(eq(documents.id, documentId));
    return row?.hash ?? null;
  }

  /**
   * Replaces a document with all its chunks and vectors at once; readers see the old or the new, never half.
   *
   * @param options.without    collections that may lack the document, because their model cannot be loaded
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
        const known = new Map(present.map((row) => [row.id, tablesOf(row)]));
        const passages = pieces.map(({ ordinal, text, tokens }) => ({
          documentId: document.id,
          ordinal,
          text,
          tokens,
        }));
        for (let start = 0; start < passages.length; start += 500)
          await tx.insert(chunks).values(passages.slice(start, start + 500));
        await this.keywords.put(tx, document.id, passages);
        for (const [name, table] of Object.entries(TABLES)) {
          const rows = pieces.flatMap(({ ordinal, vectors }) =>
            [...vectors]
              .filter(([collectionId]) => known.get(collectionId)?.has(name as keyof typeof TABLES))
              .map(([collectionId, embedding]) => ({ documentId: document.id, ordinal, collectionId, embedding })),
          );
          for (let start = 0; start < rows.length; start += 200)
            await tx.insert(table).values(rows.slice(start, start + 200));
        }
      }
      await options.alongside?.(tx);
    });
  }

  /** Reads of one state of the store, whatever is written meanwhile. */
  snapshot<T>(read: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.db.transaction(read, { isolationLevel: "repeatable read", accessMode: "read only" });
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
    return { ...row, chunks: await this.db.$count(chunks, eq(chunks.documentId, id)) };
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

  /** The next chunks that a collection still lacks, in key order: of the type that it is searched by, or of another. */
  async missing(
    collectionId: string,
    limit: number,
    type?: StoredForm,
  ): Promise<{ documentId: string; ordinal: number; text: string }[]> {
    const wanted = type ?? (await this.collections.find(collectionId))?.vectorType ?? "float32";
    const table = TABLES[LAYOUTS[wanted].table];
    return this.db
      .select({ documentId: chunks.documentId, ordinal: chunks.ordinal, text: chunks.text })
      .from(chunks)
      .leftJoin(
        table,
        and(
          eq(table.documentId, chunks.documentId),
          eq(table.ordinal, chunks.ordinal),
          eq(table.collectionId, collectionId),
        ),
      )
      .where(sql`${table.collectionId} IS NULL`)
      .orderBy(asc(chunks.documentId), asc(chunks.ordinal))
      .limit(limit);
  }

  /**
   * Rounds the next vectors of a collection that changes from float32 to its next type; what is being replaced is left for the next round.
   * @returns how many; 0 where nothing is left, or where only the model can give the next type's vectors
   */
  async roundVectors(collectionId: string, limit: number): Promise<number> {
    const result = await this.db.execute(sql`
      WITH more AS (
        SELECT e.document_id, e.ordinal, e.collection_id, e.embedding::halfvec AS embedding
        FROM embeddings e JOIN chunks c ON c.document_id = e.document_id AND c.ordinal = e.ordinal
        WHERE e.collection_id = ${collectionId}
          AND EXISTS (SELECT FROM collections k WHERE k.id = ${collectionId} AND k.next_vector_type IN ('float16', 'binary'))
          AND NOT EXISTS (SELECT FROM half_embeddings h
            WHERE h.document_id = e.document_id AND h.ordinal = e.ordinal AND h.collection_id = e.collection_id)
        ORDER BY e.document_id, e.ordinal LIMIT ${limit} FOR SHARE OF c),
      added AS (
        INSERT INTO half_embeddings (document_id, ordinal, collection_id, embedding) SELECT * FROM more
        ON CONFLICT (document_id, ordinal, collection_id) DO NOTHING RETURNING 1)
      SELECT count(*)::int AS n FROM added`);
    return Number(rowsOf(result)[0]?.n);
  }

  /** Adds vectors of existing chunks, of the type that the collection is searched by or of another. A chunk that was replaced meanwhile (its text differs) is left for the next round. */
  async addVectors(
    collectionId: string,
    rows: readonly { documentId: string; ordinal: number; text: string; embedding: Float32Array }[],
    type?: StoredForm,
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
      const { table, cast } = LAYOUTS[type ?? present.vectorType];
      await tx.execute(sql`
        INSERT INTO ${sql.raw(table)} (document_id, ordinal, collection_id, embedding)
        SELECT c.document_id, c.ordinal, ${collectionId}, v.embedding::${sql.raw(cast)}
        FROM (VALUES ${sql.join(values, sql`, `)}) AS v (document_id, ordinal, text, embedding)
        JOIN chunks c ON c.document_id = v.document_id AND c.ordinal = v.ordinal AND c.text = v.text
        ON CONFLICT (document_id, ordinal, collection_id) DO UPDATE SET embedding = EXCLUDED.embedding`);
    });
  }

  /** Gives the room of removed rows back. Postgres does so by itself. */
  async vacuum(tables: readonly string[]): Promise<void> {
    if (this.kind !== "embedded") return;
    for (const table of tables) await this.db.execute(sql.raw(`VACUUM ${table}`));
  }

  async documentCount(): Promise<number> {
    return this.db.$count(documents);
  }

  /** Everything counted; walks the whole index of vectors. */
  async counts(): Promise<{ documents: number; chunks: number; vectors: Record<string, number> }> {
    const types = new Map((await this.collections.list()).map(({ id, vectorType }) => [id, vectorType]));
    const per: { id: string; n: number }[] = [];
    for (const [name, table] of Object.entries(TABLES)) {
      const counted = await this.db
        .select({ id: table.collectionId, n: sql<number>`count(*)::int` })
        .from(table)
        .groupBy(table.collectionId);
      per.push(...counted.filter(({ id }) => LAYOUTS[types.get(id) ?? "float32"].table === name));
    }
    return {
      documents: await this.documentCount(),
      chunks: await this.db.$count(chunks),
      vectors: Object.fromEntries(per.map(({ id, n }) => [id, n])),
    };
  }

  /** Vectors in a collection: of the type that it is searched by, or of another. */
  async size(id: string, type?: StoredForm): Promise<number> {
    const wanted = type ?? (await this.collections.find(id))?.vectorType ?? "float32";
    const table = TABLES[LAYOUTS[wanted].table];
    return this.db.$count(table, eq(table.collectionId, id));
  }
}
