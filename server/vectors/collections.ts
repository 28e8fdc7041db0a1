import { and, asc, eq, sql } from "drizzle-orm";
import { STORED_FORMS, type StoredForm } from "../../src/domain/evaluation/bytes/forms.ts";
import { StudioError } from "../../src/domain/errors.ts";
import { at } from "../../src/domain/present.ts";
import { type Database, rowsOf, type Sql, type Transaction } from "./database.ts";
import { checkedId } from "./hnsw.ts";
import { collections, embeddings, halfEmbeddings } from "./schema.ts";
import { indexName, LAYOUTS, tablesOf, typesOf } from "./vectorTypes.ts";

/** The vectors of one model, as a whole. */
export type Collection = typeof collections.$inferSelect;

/** Whether every chunk has a vector of a type in a collection; of the type that it is searched by when none is named. */
const isComplete = async (db: Sql | Transaction, id: string, wanted?: StoredForm): Promise<boolean> => {
  const [found] = await db.select().from(collections).where(eq(collections.id, id));
  const { table } = LAYOUTS[wanted ?? found?.vectorType ?? "float32"];
  const result = await db.execute(sql`
    SELECT 1 AS lacking FROM chunks c
    WHERE NOT EXISTS (SELECT 1 FROM ${sql.raw(table)} e
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
    /** How a new one keeps its vectors (float32); one that is there keeps its own. */
    vectorType?: StoredForm;
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

  /**
   * Begins to change how a collection keeps its vectors, or gives a change up (null): from now on new documents go into both forms. Its
   * present form answers until {@link switchType}.
   */
  async changeType(id: string, next: StoredForm | null): Promise<void> {
    await this.db.update(collections).set({ nextVectorType: next }).where(eq(collections.id, id));
  }

  /** Has searches use the next form if no chunk lacks a vector there; ingestion is held back meanwhile. @returns whether they do */
  async switchType(id: string): Promise<boolean> {
    return this.db.transaction(async (tx) => {
      const rows = await tx.select().from(collections).orderBy(asc(collections.id)).for("update");
      const next = rows.find((row) => row.id === id)?.nextVectorType;
      if (!next || !(await isComplete(tx, id, next))) return false;
      await tx.update(collections).set({ vectorType: next, nextVectorType: null }).where(eq(collections.id, id));
      return true;
    });
  }

  /** Removes the vectors and indexes of types that a collection has no more. @returns the tables that rows were removed from */
  async clean(id: string): Promise<string[]> {
    return this.db.transaction(async (tx) => {
      const [row] = await tx.select().from(collections).where(eq(collections.id, id)).for("share");
      if (!row) return [];
      const cleaned: string[] = [];
      for (const type of STORED_FORMS)
        if (!typesOf(row).includes(type)) await tx.execute(sql.raw(`DROP INDEX IF EXISTS "${indexName(id, type)}"`));
      for (const table of ["embeddings", "half_embeddings"] as const) {
        if (tablesOf(row).has(table)) continue;
        const gone = await tx.execute(
          sql`WITH gone AS (DELETE FROM ${sql.raw(table)} WHERE collection_id = ${id} RETURNING 1) SELECT count(*)::int AS n FROM gone`,
        );
        if (Number(rowsOf(gone)[0]?.n) > 0) cleaned.push(table);
      }
      return cleaned;
    });
  }

  /** Removes a collection's vectors; the documents stay. The active collection is never removed. */
  async drop(id: string): Promise<void> {
    await this.db.transaction(async (tx) => {
      const [row] = await tx.select().from(collections).where(eq(collections.id, id));
      if (!row || row.status === "active") return;
      for (const type of STORED_FORMS) await tx.execute(sql.raw(`DROP INDEX IF EXISTS "${indexName(id, type)}"`));
      await tx.delete(embeddings).where(eq(embeddings.collectionId, id));
      await tx.delete(halfEmbeddings).where(eq(halfEmbeddings.collectionId, id));
      await tx.delete(collections).where(eq(collections.id, id));
    });
  }
}
