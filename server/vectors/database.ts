import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { PGlite } from "@electric-sql/pglite";
import { drizzle as drizzlePostgres } from "drizzle-orm/node-postgres";
import { migrate as migratePostgres } from "drizzle-orm/node-postgres/migrator";
import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";
import { drizzle as drizzlePglite } from "drizzle-orm/pglite";
import { migrate as migratePglite } from "drizzle-orm/pglite/migrator";
import pg from "pg";
import { StudioError } from "../../src/domain/errors.ts";
import { lockDirectory } from "../lib/directoryLock.ts";
import type { Secret } from "../lib/secret.ts";
import { EmbeddedClient } from "./embedded.ts";
import * as schema from "./schema.ts";

const migrationsFolder = fileURLToPath(new URL("./migrations", import.meta.url));

/** Drizzle over either driver; the same SQL runs on both. */
export type Sql = PgDatabase<PgQueryResultHKT, typeof schema>;

/** Rows of a statement that was written as text; both drivers answer in this form. */
export const rowsOf = (result: unknown): Record<string, unknown>[] =>
  (result as { rows: Record<string, unknown>[] }).rows;

/** A transaction that callers may add their own writes to. */
export type Transaction = Parameters<Parameters<Sql["transaction"]>[0]>[0];

export interface Database {
  kind: "embedded" | "postgres";
  sql: Sql;
  close(): Promise<void>;
}

/**
 * Opens the store and brings its schema up to date.
 *
 * @param options.url     a Postgres with the `vector` extension; without it PGlite runs in a thread of this process
 * @param options.folder  where PGlite keeps its files; PGlite has no lock of its own, so we hold one
 * @throws StudioError    `directory-in-use`, `store-damaged`, `database-unreachable`, `database-without-vector`
 */
export const openDatabase = async (options: { url: Secret | null; folder: string }): Promise<Database> =>
  options.url ? openPostgres(options.url.reveal()) : openEmbedded(options.folder);

const openEmbedded = async (folder: string): Promise<Database> => {
  await mkdir(folder, { recursive: true });
  const lock = await lockDirectory(folder, "vector store");
  let client: EmbeddedClient | null = null;
  try {
    const open = (client = await EmbeddedClient.open(join(folder, "pglite")));
    const sql = drizzlePglite(open as unknown as PGlite, { schema });
    await migratePglite(sql, { migrationsFolder });
    return {
      kind: "embedded",
      sql,
      close: async () => {
        await open.close();
        await lock.release();
      },
    };
  } catch (thrown) {
    await client?.close();
    await lock.release();
    throw new StudioError(
      "store-damaged",
      "The embedded vector store could not be opened.",
      `Move ${join(folder, "pglite")} away and ingest the documents again, or restore it from a backup.`,
      { cause: thrown },
    );
  }
};

const openPostgres = async (url: string): Promise<Database> => {
  const pool = new pg.Pool({ connectionString: url, max: 8, connectionTimeoutMillis: 10_000 });
  // An idle connection that breaks must not end the process; the next query reports the trouble.
  pool.on("error", () => {});
  const sql = drizzlePostgres(pool, { schema });
  try {
    await pool.query("SELECT 1");
  } catch (thrown) {
    await pool.end();
    throw new StudioError(
      "database-unreachable",
      "The database that DATABASE_URL names does not answer.",
      "Check host, port, user and password, and that the server is running; or unset DATABASE_URL to use the embedded store.",
      { cause: thrown },
    );
  }
  try {
    // Of servers that start together one brings the schema in; the others wait for it and find nothing to do.
    const client = await pool.connect();
    try {
      await client.query("SELECT pg_advisory_lock(hashtext('recall-studio migrations'))");
      await migratePostgres(drizzlePostgres(client, { schema }), { migrationsFolder });
    } finally {
      client.release(true); // With its connection the lock ends.
    }
  } catch (thrown) {
    await pool.end();
    throw new StudioError(
      "database-without-vector",
      "The database's schema could not be brought up to date.",
      "The user needs the right to create tables, and the server the pgvector extension, 0.7 or later (CREATE EXTENSION vector; ALTER EXTENSION vector UPDATE).",
      { cause: thrown },
    );
  }
  return { kind: "postgres", sql, close: () => pool.end() };
};
