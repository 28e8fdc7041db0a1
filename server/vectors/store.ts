import { and, asc, eq, sql } from "drizzle-orm";
import { StudioError } from "../../src/domain/errors.ts";
import { CollectionStore } from "./collections.ts";
import type { Database, Sql, Transaction } from "./database.ts";
import { Keywords } from "./keywords.ts";
import { Nearest, vectorLiteral } from "./nearest.ts";
import { chunks, collections, documents, embeddings } from "./schema.ts";
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
        const known = new Set(present.map(({ id }) => id));
        const passages = pieces.map(({ ordinal, text, tokens }) => ({
          documentId: document.id,
          ordinal,
          text,
          tokens,
        }));
        for (let start = 0; start < passages.length; start += 500)
          await tx.insert(chunks).values(passages.slice(start, start + 500));
        await this.keywords.put(tx, document.id, passages);
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
    return this.db.$count(documents);
  }

  /** Everything counted; walks the whole index of vectors. */
  async counts(): Promise<{ documents: number; chunks: number; vectors: Record<string, number> }> {
    const per = await this.db
      .select({ id: embeddings.collectionId, n: sql<number>`count(*)::int` })
      .from(embeddings)
      .groupBy(embeddings.collectionId);
    return {
      documents: await this.documentCount(),
      chunks: await this.db.$count(chunks),
      vectors: Object.fromEntries(per.map(({ id, n }) => [id, n])),
    };
  }

  /** Vectors in a collection. */
  async size(id: string): Promise<number> {
    return this.db.$count(embeddings, eq(embeddings.collectionId, id));
  }
}
