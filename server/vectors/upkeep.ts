import { sql } from "drizzle-orm";
import type { Database } from "./database.ts";

const TABLES = [
  "documents",
  "chunks",
  "chunk_words",
  "word_totals",
  "embeddings",
  "half_embeddings",
  "jobs",
  "job_items",
  "searches",
  "feedback",
] as const;

/** Growth since the last vacuum that calls for the next: half as much again, and at least so many bytes. */
const GROWTH = 1.5;
const LEAST_BYTES = 8 * 1024 * 1024;

/**
 * Vacuums the embedded store, which has no autovacuum: deleted and replaced rows keep their place on disk until then. A store
 * that only grows is vacuumed a few times in its life.
 */
export class StoreUpkeep {
  #after: number | null = null;

  constructor(private readonly database: Database) {}

  /** @returns whether it vacuumed */
  async tidy(): Promise<boolean> {
    if (this.database.kind !== "embedded") return false; // Postgres has its own.
    const size = await this.size();
    this.#after ??= size;
    if (size < Math.max(this.#after * GROWTH, this.#after + LEAST_BYTES)) return false;
    for (const table of TABLES) await this.database.sql.execute(sql.raw(`VACUUM ${table}`));
    this.#after = await this.size();
    return true;
  }

  /** Bytes of all tables with their indexes. */
  async size(): Promise<number> {
    const names = sql.raw(TABLES.map((table) => `'${table}'`).join(", "));
    const result = await this.database.sql.execute(
      sql`SELECT sum(pg_total_relation_size(name::regclass))::float8 AS bytes FROM unnest(ARRAY[${names}]) AS name`,
    );
    const [row] = (result as unknown as { rows: { bytes: number }[] }).rows;
    return row?.bytes ?? 0;
  }
}
