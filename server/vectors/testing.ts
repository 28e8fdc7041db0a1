/** Test support: databases to run the store's tests on. Never imported by product code. */
import { createHash } from "node:crypto";
import { constants, readdirSync, readFileSync } from "node:fs";
import { cp, mkdir, rename, rm, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import pg from "pg";
import { Secret } from "../secret.ts";
import { openDatabase } from "./database.ts";

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

/** An empty embedded store of this schema: made once, which takes seconds, then copied. */
const template = async (): Promise<string> => {
  const local = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  const files = [
    ...["pglite", "pglite-pgvector"].map((name) => local(`../../node_modules/@electric-sql/${name}/package.json`)),
    ...readdirSync(local("./migrations")).flatMap((name) =>
      name.endsWith(".sql") ? [join(local("./migrations"), name)] : [],
    ),
  ];
  const hash = createHash("sha256");
  for (const file of files) hash.update(readFileSync(file));
  const made = local(`../../node_modules/.cache/recall-studio/store-${hash.digest("hex").slice(0, 16)}`);
  if (await stat(made).catch(() => null)) return made;
  const part = `${made}-${process.pid}`;
  await mkdir(dirname(made), { recursive: true });
  await (await openDatabase({ url: null, folder: part })).close();
  // Another test file may have been first.
  await rename(part, made).catch(() => rm(part, { recursive: true }));
  return made;
};

/** Puts an empty embedded store into a folder, as its first opening would. */
export const emptyStore = async (folder: string): Promise<void> =>
  cp(await template(), folder, { recursive: true, mode: constants.COPYFILE_FICLONE });

/** PGlite behind a socket: what `pg` and drizzle say on the wire is answered by Postgres' own code. */
export const wireDatabase = async (maxConnections = 16): Promise<TestDatabase> => {
  const server = await PGlite.create({ extensions: { vector } });
  const port = await freePort();
  const socket = new PGLiteSocketServer({ db: server, port, host: "127.0.0.1", maxConnections });
  await socket.start();
  return {
    url: new Secret(`postgres://postgres:postgres@127.0.0.1:${port}/postgres`),
    remove: async () => {
      await socket.stop();
      await server.close();
    },
  };
};

/** A database of its own on the Postgres that an address names; removed again. The user must be allowed to create some. */
export const ownDatabase = async (address: string): Promise<TestDatabase> => {
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
  { name: "PGlite over the wire", start: () => wireDatabase() },
];
const { TEST_DATABASE_URL: real } = process.env;
if (real) servers.push({ name: "Postgres", start: () => ownDatabase(real) });
