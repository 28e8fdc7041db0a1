/** Test support: databases to run the store's tests on. Never imported by product code. */
import { createHash } from "node:crypto";
import { constants, cpSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import pg from "pg";
import { PROJECT_ROOT } from "../lib/project.ts";
import { Secret } from "../lib/secret.ts";
import { type Database, openDatabase } from "../vectors/database.ts";
import { postgresModule } from "../vectors/postgresModule.ts";
import { serveWire } from "./wire.ts";

const freePort = () =>
  new Promise<number>((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });

export interface TestDatabase {
  url: Secret;
  remove(): Promise<void>;
}

/** A thousand files: at once, since as many promises take twice the processor time. */
const copy = (from: string, to: string): void =>
  cpSync(from, to, { recursive: true, mode: constants.COPYFILE_FICLONE });

/** A new PGlite folder, without a schema or with ours: made once, which takes seconds, then copied. */
const template = async (schema: "none" | "ours"): Promise<string> => {
  const packages = join(PROJECT_ROOT, "node_modules");
  const versions = ["pglite", "pglite-pgvector"].map((name) => {
    const file = readFileSync(join(packages, "@electric-sql", name, "package.json"), "utf8");
    return (JSON.parse(file) as { version: string }).version;
  });
  const kind = schema === "none" ? "" : `-${migrationsHash()}`;
  const made = join(packages, ".cache/recall-studio", `pglite-${versions.join("-")}${kind}`);
  if (await stat(made).catch(() => null)) return made;
  const part = `${made}.part-${process.pid}`;
  await mkdir(part, { recursive: true });
  if (schema === "none") await (await PGlite.create({ dataDir: join(part, "pglite") })).close();
  else {
    copy(await template("none"), part);
    await (await openDatabase({ url: null, folder: part })).close();
  }
  // Another test file may have been first.
  await rename(part, made).catch(() => rm(part, { recursive: true }));
  return made;
};

/** What the schema is made of. */
const migrationsHash = (): string => {
  const folder = join(PROJECT_ROOT, "server/vectors/migrations");
  const hash = createHash("sha256");
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".sql")))
    hash.update(readFileSync(join(folder, name)));
  return hash.digest("hex").slice(0, 12);
};

/** Puts a new embedded store into a folder, as its first opening would leave it. */
export const emptyStore = async (folder: string): Promise<void> => copy(await template("ours"), folder);

/** PGlite behind a socket: what `pg` and drizzle say on the wire is answered by Postgres' own code. */
const wireDatabase = async (): Promise<TestDatabase> => {
  const folder = await mkdtemp(join(tmpdir(), "wire-"));
  // Who connects brings the schema in.
  copy(await template("none"), folder);
  const pgliteWasmModule = await postgresModule();
  const server = await PGlite.create({ dataDir: join(folder, "pglite"), extensions: { vector }, pgliteWasmModule });
  const port = await freePort();
  const wire = await serveWire(server, port);
  return {
    url: new Secret(`postgres://postgres:postgres@127.0.0.1:${port}/postgres`),
    remove: async () => {
      await wire.close();
      await server.close();
      await rm(folder, { recursive: true });
    },
  };
};

/** A database of its own on the Postgres that an address names; removed again. The user must be allowed to create some. */
const ownDatabase = async (address: string): Promise<TestDatabase> => {
  const name = `studio_test_${process.pid}_${Date.now()}`;
  const admin = new pg.Client({ connectionString: address });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  const url = new URL(address);
  url.pathname = `/${name}`;
  return {
    url: new Secret(url.href),
    remove: async () => {
      await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await admin.end();
    },
  };
};

/** Servers to test on: always PGlite over the wire, and a real Postgres with pgvector where TEST_DATABASE_URL names one. */
export const servers: { name: string; start: () => Promise<TestDatabase> }[] = [
  { name: "PGlite over the wire", start: wireDatabase },
];
const { TEST_DATABASE_URL: real } = process.env;
if (real) servers.push({ name: "Postgres", start: () => ownDatabase(real) });

/** Every kind of store to run the same tests on: the embedded one in a folder, and the servers. `after` ends it. */
export const stores: {
  name: string;
  open: (folder: string) => Promise<{ database: Database; after: () => Promise<void> }>;
}[] = [
  {
    name: "embedded",
    open: async (folder) => {
      await emptyStore(folder);
      const database = await openDatabase({ url: null, folder });
      return { database, after: () => database.close() };
    },
  },
  ...servers.map(({ name, start }) => ({
    name,
    open: async () => {
      const { url, remove } = await start();
      const database = await openDatabase({ url, folder: "" });
      const after = async () => {
        await database.close();
        await remove();
      };
      return { database, after };
    },
  })),
];
