import { existsSync } from "node:fs";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { amcheck } from "@electric-sql/pglite/contrib/amcheck";
import { pageinspect } from "@electric-sql/pglite/contrib/pageinspect";
import { vector } from "@electric-sql/pglite-pgvector";
import { StudioError } from "../../src/domain/errors.ts";
import { lockDirectory } from "../lib/directoryLock.ts";
import { postgresModule } from "./postgresModule.ts";
import { StoreHead } from "./storeHead.ts";

/** What was read, and every damage that reading it showed. */
export interface StoreReport {
  relations: number;
  pages: number;
  documents: number;
  chunks: number;
  vectors: number;
  /** Documents when the server last looked; fewer now need be no loss, since documents are also deleted. */
  noted: number | null;
  /** Sentences that name table or index, and page. Empty for a sound store. */
  damage: string[];
}

interface Relation {
  name: string;
  kind: "table" | "btree" | "other";
  pages: number;
  heap: string | null;
  heapPages: number | null;
}

/** Tables and indexes with files of their own, the system's among them. `oid::regclass` is a name that SQL takes. */
const RELATIONS = `
  SELECT c.oid::regclass::text AS name, (pg_relation_size(c.oid) / 8192)::int AS pages,
    CASE WHEN c.relkind IN ('r', 't', 'm') THEN 'table' WHEN a.amname = 'btree' THEN 'btree' ELSE 'other' END AS kind,
    i.indrelid::regclass::text AS heap, (pg_relation_size(i.indrelid) / 8192)::int AS "heapPages"
  FROM pg_class c LEFT JOIN pg_am a ON a.oid = c.relam LEFT JOIN pg_index i ON i.indexrelid = c.oid
  WHERE c.relkind IN ('r', 't', 'm', 'i') AND pg_relation_filenode(c.oid) IS NOT NULL ORDER BY c.oid`;

/**
 * Reads every page of the embedded store. A page whose bytes differ from what was written fails its checksum; one of zeros
 * has none to fail and would read as empty, so it is looked for; a file that lost its end is seen by index entries that
 * point behind it. `amcheck` adds the order within pages. What an older, sound copy of a file brings back is seen by none
 * of this, nor is the end of a table whose index lost its own.
 *
 * @param folder  holds `pglite/` and the head
 * @throws StudioError `directory-in-use` while a server runs, `store-missing`, `store-damaged` where it does not open
 */
export const inspectStore = async (folder: string): Promise<StoreReport> => {
  if (!existsSync(folder)) throw missing(folder);
  const lock = await lockDirectory(folder, "vector store");
  try {
    const head = await StoreHead.open(folder);
    if (!head.exists) throw missing(folder, head.lost);
    const database = await open(join(folder, "pglite"));
    try {
      return await inspect(database, head);
    } finally {
      await database.close();
    }
  } finally {
    await lock.release();
  }
};

const missing = (folder: string, lost = 0) =>
  new StudioError(
    "store-missing",
    `There is no embedded store in ${folder}.${lost > 0 ? ` It held ${lost} documents.` : ""}`,
    "Name the server's data folder with --data or STUDIO_DATA_DIR; a lost store comes back from a backup.",
  );

const open = async (dataDir: string): Promise<PGlite> => {
  try {
    const pgliteWasmModule = await postgresModule();
    return await PGlite.create({ dataDir, extensions: { vector, pageinspect, amcheck }, pgliteWasmModule });
  } catch (thrown) {
    throw new StudioError("store-damaged", "The store does not open at all.", "Restore its folder from a backup.", {
      cause: thrown,
    });
  }
};

const inspect = async (database: PGlite, head: StoreHead): Promise<StoreReport> => {
  const damage: string[] = [];
  const report: StoreReport = {
    relations: 0,
    pages: 0,
    documents: 0,
    chunks: 0,
    vectors: 0,
    noted: head.noted,
    damage,
  };
  // Nothing of this stays in the store.
  await database.exec("BEGIN");
  await database.exec("CREATE EXTENSION pageinspect; CREATE EXTENSION amcheck");
  /** Rows of a statement; none, and a line about it, where reading fails. */
  const read = async <Row>(what: string, text: string, params: unknown[] = []): Promise<Row[]> => {
    await database.exec("SAVEPOINT reading");
    try {
      const { rows } = await database.query<Row>(text, params);
      await database.exec("RELEASE reading");
      return rows;
    } catch (thrown) {
      await database.exec("ROLLBACK TO reading");
      damage.push(`${what}: ${(thrown as Error).message}`);
      return [];
    }
  };

  for (const { name, kind, pages, heap, heapPages } of await read<Relation>("The list of tables", RELATIONS)) {
    report.relations += 1;
    report.pages += pages;
    const zeroed = await read<{ page: number }>(
      name,
      "SELECT page FROM generate_series(0, $2::int - 1) page WHERE get_raw_page($1, page) = decode(repeat('00', 8192), 'hex')",
      [name, pages],
    );
    for (const { page } of zeroed) damage.push(`${name}: page ${page} holds nothing but zeros.`);
    // A damaged page was named above; what follows would only name it again.
    if (damage.some((line) => line.startsWith(`${name}:`))) continue;
    if (kind === "table" && pages > 0) {
      const found = await read<{ page: number; msg: string }>(
        name,
        "SELECT blkno::int AS page, msg FROM verify_heapam($1::regclass, check_toast => true) LIMIT 20",
        [name],
      );
      for (const { page, msg } of found) damage.push(`${name}: page ${page}: ${msg}.`);
    }
    if (kind === "btree") {
      await read(name, "SELECT bt_index_check($1::regclass, true)", [name]);
      const [beyond] = await read<{ entries: number }>(
        name,
        `SELECT count(*)::int AS entries FROM generate_series(1, $2::int - 1) page,
           LATERAL bt_page_stats($1, page) stats, LATERAL bt_page_items($1, page) item
         WHERE stats.btpo_level = 0 AND stats.type IN ('l', 'r') AND ((item.htid::text::point)[0]) >= $3`,
        [name, pages, heapPages],
      );
      if (beyond && beyond.entries > 0)
        damage.push(`${heap}: its file ends too early, ${beyond.entries} entries of ${name} point behind its end.`);
    }
  }

  const count = async (table: string): Promise<number> =>
    (await read<{ n: number }>(table, `SELECT count(*)::int AS n FROM ${table}`))[0]?.n ?? 0;
  report.documents = await count("documents");
  report.chunks = await count("chunks");
  report.vectors = (await count("embeddings")) + (await count("half_embeddings"));
  const orphans = await read<{ chunks: number; vectors: number }>(
    "Passages",
    `SELECT (SELECT count(*)::int FROM chunks c WHERE NOT EXISTS (SELECT FROM documents d WHERE d.id = c.document_id)) AS chunks,
       (SELECT count(*)::int FROM (SELECT document_id, ordinal FROM embeddings UNION ALL SELECT document_id, ordinal FROM half_embeddings) e WHERE NOT EXISTS
         (SELECT FROM chunks c WHERE c.document_id = e.document_id AND c.ordinal = e.ordinal)) AS vectors`,
  );
  for (const { chunks, vectors } of orphans) {
    if (chunks > 0) damage.push(`chunks: ${chunks} passages belong to no document.`);
    if (vectors > 0) damage.push(`embeddings: ${vectors} vectors belong to no passage.`);
  }
  const [words] = await read<{ kept: number; counted: number }>(
    "Words",
    "SELECT (SELECT count(*)::int FROM chunk_words) AS kept, (SELECT coalesce(sum(passages), 0)::int FROM word_totals) AS counted",
  );
  if (words && words.kept !== words.counted)
    damage.push(`word_totals: ${words.counted} passages are counted whose words are kept; there are ${words.kept}.`);
  await database.exec("ROLLBACK");
  return { ...report, damage: [...new Set(damage)] };
};
