import { and, asc, eq, sql } from "drizzle-orm";
import { StudioError } from "../../src/domain/errors.ts";
import { at } from "../../src/domain/present.ts";
import { type Database, rowsOf, type Sql, type Transaction } from "./database.ts";
import { checkedId, indexName } from "./hnsw.ts";
import { collections, embeddings } from "./schema.ts";

/** The vectors of one model, as a whole. */
export type Collection = typeof collections.$inferSelect;

const isComplete = async (db: Sql | Transaction, id: string): Promise<boolean> => {
  const result = await db.execute(sql`
    SELECT 1 AS lacking FROM chunks c
    WHERE NOT EXISTS (SELECT 1 FROM embeddings e
      WHERE e.document_id = c.document_id AND e.ordinal = c.ordinal AND e.collection_id = ${id})
    LIMIT 1`);
  return rowsOf(result).length === 0;
};

const switchTo = async (tx: Transaction, id: string): Promise<void> => {
  await tx
    .update(collections)
    .set({ status: "retired" })
    .where(and(eq(collections.status, "active"), sql`${collections.id} <> ${id}`));
  await tx.update(collections).set({ status: "active", activatedAt: new Date() }).where(eq(collections.id, id));
};

/** The life of collections: built, active, kept beside the active one, retired, dropped. One at a time is active. */
export class CollectionStore {
  constructor(private readonly database: Database) {}

  private get db(): Sql {
    return this.database.sql;
  }

  async list(): Promise<Collection[]> {
    return this.db.select().from(collections).orderBy(asc(collections.createdAt));
  }

  async active(): Promise<Collection | null> {
    const [found] = await this.db.select().from(collections).where(eq(collections.status, "active"));
    return found ?? null;
  }

  async find(id: string): Promise<Collection | null> {
    const [found] = await this.db.select().from(collections).where(eq(collections.id, id));
    return found ?? null;
  }

  /** Collections that new documents must go into: the active one, and those kept beside it. */
  async live(): Promise<Collection[]> {
    return this.db
      .select()
      .from(collections)
      .where(sql`${collections.status} IN ('active', 'building') OR ${collections.kept}`)
      .orderBy(asc(collections.createdAt));
  }

  /** Starts a collection, or takes one up again that is retired or half built. */
  async build(collection: {
    id: string;
    modelId: string;
    modelVersion: string | null;
    dimension: number;
  }): Promise<Collection> {
    checkedId(collection.id);
    const rows = await this.db
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
    const row = at(rows, 0);
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

  /** Removes a collection's vectors; the documents stay. The active collection is never removed. */
  async drop(id: string): Promise<void> {
    await this.db.transaction(async (tx) => {
      const [row] = await tx.select().from(collections).where(eq(collections.id, id));
      if (!row || row.status === "active") return;
      await tx.execute(sql.raw(`DROP INDEX IF EXISTS "${indexName(id)}"`));
      await tx.delete(embeddings).where(eq(embeddings.collectionId, id));
      await tx.delete(collections).where(eq(collections.id, id));
    });
  }
}
