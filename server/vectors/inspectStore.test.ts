import { spawnSync } from "node:child_process";
import { cp, mkdtemp, open, readFile, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { PROJECT_ROOT } from "../lib/project.ts";
import { emptyStore } from "../testing/databases.ts";
import { openDatabase, rowsOf } from "./database.ts";
import { inspectStore } from "./inspectStore.ts";

const PAGE = 8192;
let root: string;
/** Files of the store by table or index. */
let files: Record<string, string>;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "inspect-"));
  await emptyStore(join(root, "sound/vectors"));
  const database = await openDatabase({ url: null, folder: join(root, "sound/vectors") });
  await database.sql.execute(
    sql`INSERT INTO documents (id, content_hash, title, media_type, text)
        SELECT 'doc-' || i, md5(i::text), 'Title', 'text/plain', repeat(md5(i::text), 12) FROM generate_series(1, 600) i`,
  );
  await database.sql.execute(
    sql`INSERT INTO chunks (document_id, ordinal, text, tokens) SELECT id, 0, text, 3 FROM documents`,
  );
  await database.sql.execute(sql`DELETE FROM chunks WHERE document_id = 'doc-7'`);
  await database.sql.execute(sql`DELETE FROM documents WHERE id = 'doc-7'`);
  await database.sql.execute(sql`CHECKPOINT`);
  const names = await database.sql.execute(
    sql`SELECT c.oid::regclass::text AS name, pg_relation_filepath(c.oid) AS path FROM pg_class c WHERE relname IN ('documents', 'documents_pkey', 'chunks')`,
  );
  files = Object.fromEntries(rowsOf(names).map(({ name, path }) => [String(name), String(path)]));
  await database.close();
}, 120_000);
afterAll(() => rm(root, { recursive: true, force: true }));

/** A copy of the sound store, with one of its files changed. */
const damaged = async (name: string, table: string, change: (file: string) => Promise<void>): Promise<string> => {
  const folder = join(root, name);
  await cp(join(root, "sound"), folder, { recursive: true });
  await change(join(folder, "vectors/pglite", files[table] ?? ""));
  return join(folder, "vectors");
};
const write = async (file: string, at: number, bytes: Buffer): Promise<void> => {
  const handle = await open(file, "r+");
  await handle.write(bytes, 0, bytes.length, at);
  await handle.close();
};

it("finds nothing wrong with a sound store, and leaves nothing in it", async () => {
  const folder = join(root, "sound/vectors");
  const first = await inspectStore(folder);
  expect(first).toMatchObject({ documents: 599, chunks: 599, damage: [] });
  expect(first.pages).toBeGreaterThan(300);
  expect(first.relations).toBeGreaterThan(100);
  const database = await openDatabase({ url: null, folder });
  const extensions = await database.sql.execute(sql`SELECT extname FROM pg_extension ORDER BY 1`);
  expect(rowsOf(extensions).map(({ extname }) => extname)).toEqual(["plpgsql", "vector"]);
  // While something has the store open, it is left alone.
  await expect(inspectStore(folder)).rejects.toMatchObject({ code: "directory-in-use" });
  await database.close();
}, 60_000);

it.each([
  [
    "a page of zeros, which reads as empty",
    "zeroed",
    "documents",
    (file: string) => write(file, 5 * PAGE, Buffer.alloc(PAGE)),
    /^documents: page 5 holds nothing but zeros/,
  ],
  [
    "bytes that were not written",
    "flipped",
    "documents",
    (file: string) => write(file, 3 * PAGE + 4000, Buffer.from("zzzz")),
    /^documents: invalid page in block 3/,
  ],
  [
    "the same in an index",
    "index",
    "documents_pkey",
    (file: string) => write(file, PAGE + 4000, Buffer.from("zzzz")),
    /^documents_pkey: invalid page in block 1/,
  ],
  [
    "a file without its end",
    "short",
    "documents",
    async (file: string) => truncate(file, (await readFile(file)).length - 3 * PAGE),
    /^documents: its file ends too early, \d+ entries of documents_pkey/,
  ],
  [
    "passages whose documents are gone",
    "gone",
    "chunks",
    (file: string) => truncate(file, 0),
    /^chunks: its file ends too early/,
  ],
])(
  "finds %s",
  async (_what, name, table, change, expected) => {
    const { damage } = await inspectStore(await damaged(name, table, change));
    expect(damage.join("\n")).toMatch(new RegExp(expected.source, "m"));
  },
  60_000,
);

it("is a command that ends with 1 for damage, 0 for none and 2 where there is no store", async () => {
  const run = (folder: string, ...flags: string[]) => {
    const args = ["--import", "./server/lib/typescript.mjs", "server/cli/checkStore.ts", "--data", folder, ...flags];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: PROJECT_ROOT, encoding: "utf8" });
    return { status, stdout, stderr };
  };
  await damaged("command", "documents", (file) => write(file, 5 * PAGE, Buffer.alloc(PAGE)));
  const bad = run(join(root, "command"));
  expect(bad).toMatchObject({ status: 1, stdout: expect.stringContaining("DAMAGED  documents: page 5") });
  const sound = run(join(root, "sound"), "--json");
  expect([sound.status, JSON.parse(sound.stdout)]).toMatchObject([0, { documents: 599, damage: [] }]);
  expect(run(join(root, "nowhere"))).toMatchObject({ status: 2, stderr: expect.stringContaining("no embedded store") });
}, 120_000);
