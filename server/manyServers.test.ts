import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiPaths, type Health, type IngestJob, type Production, retrievalPaths } from "../src/domain/api/index.ts";
import { present } from "../src/domain/present.ts";
import { longTests } from "../src/testing/longTests.ts";
import { buildApp } from "./app.ts";
import { loadConfig } from "./config/config.ts";
import { openStudio } from "./studio.ts";
import { servers, type TestDatabase } from "./testing/databases.ts";
import { corpus, jobEnd, search } from "./testing/documents.ts";
import { temporaryStudio, TINY } from "./testing/folder.ts";
import { memoryLog } from "./testing/log.ts";
import { trueArtifact } from "./testing/trueArtifact.ts";
import { promote, register } from "./testing/upload.ts";

const DOCUMENTS = longTests ? 400 : 48;
const ROUNDS = longTests ? 3 : 1;
/** What a promotion is to take at most until every server answers with it. */
const SEEN_MS = 5000;

/** One of several servers: each with a data folder of its own, with the models and the database of all. */
const environment = (root: string, name: string, url: string) => ({
  STUDIO_DATA_DIR: join(root, `data-${name}`),
  MODELS_DIR: join(root, "models"),
  DATABASE_URL: url,
  PORT: "0",
  EMBEDDING_MODEL: TINY,
  EMBEDDING_THREADS: "1",
  RATE_LIMIT_PER_MINUTE: "0",
  LOG_LEVEL: "warn",
});

const json = async <T>(url: string, payload?: object): Promise<T> => {
  const body = payload && JSON.stringify(payload);
  const init = body ? { method: "POST", headers: { "content-type": "application/json" }, body } : {};
  const response = await fetch(url, init);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return response.json() as Promise<T>;
};

const until = async <T>(look: () => Promise<T>, done: (seen: T) => boolean, milliseconds: number): Promise<T> => {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    const seen = await look();
    if (done(seen) || Date.now() > deadline) return seen;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

describe.each(servers)("several servers on one database and one registry, $name", ({ start }) => {
  let database: TestDatabase;
  let folder: Awaited<ReturnType<typeof temporaryStudio>>;
  const children = new Set<ChildProcess>();
  const closing: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    folder = await temporaryStudio();
    database = await start();
  }, 120_000);
  afterAll(async () => {
    for (const child of children) await kill(child);
    for (const close of closing.reverse()) await close();
    await database.remove();
    await folder.remove();
  });

  /** A server in a process of its own. */
  const spawnServer = async (name: string): Promise<{ url: string; child: ChildProcess }> => {
    const child = spawn(
      process.execPath,
      ["--import", "./server/lib/typescript.mjs", join(import.meta.dirname, "testing/sharedChild.ts")],
      {
        env: { ...process.env, ...environment(folder.root, name, database.url.reveal()) },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    children.add(child);
    let said = "";
    child.stderr.on("data", (piece: Buffer) => (said += piece.toString()));
    for await (const line of createInterface({ input: child.stdout })) {
      const url = /runs at (http\S+)/.exec(line)?.[1];
      if (url) return { url, child };
      said += line;
    }
    throw new Error(`the server ended: ${said}`);
  };

  const kill = (child: ChildProcess) =>
    new Promise<void>((resolve) => {
      children.delete(child);
      child.once("exit", () => resolve());
      child.kill("SIGKILL");
    });

  /** A server in this process. */
  const openServer = async (name: string) => {
    const { log, lines } = memoryLog("info");
    const config = loadConfig(environment(folder.root, name, database.url.reveal()), folder.root);
    const studio = await openStudio(config, { log, leaseSeconds: 2 });
    const app = await buildApp(studio);
    closing.push(async () => {
      await app.close();
      await studio.close();
    });
    await studio.models.ready();
    return { ...studio, app, lines };
  };

  it("loses and doubles no document when a server is killed; another writes the registry then; all see a promotion", async () => {
    const first = await spawnServer("first");
    const second = await openServer("second");
    const { app, store } = second;

    // The second reads, and says who writes.
    const refused = await app.inject({
      method: "POST",
      url: apiPaths.uploads,
      payload: { by: "tester", files: [{ path: "manifest.json", bytes: 1 }] },
    });
    expect([refused.statusCode, refused.json()]).toMatchObject([
      409,
      { code: "registry-read-only", message: expect.stringContaining(`process ${first.child.pid}, ${first.url}`) },
    ]);
    const { checks } = (await app.inject({ url: "/health" })).json<Health>();
    expect(checks.registry).toMatchObject({ status: "ok", message: expect.stringContaining(first.url) });

    let documents = 0;
    /** Hands documents to a server, and kills it in the middle of them. */
    const killAtWork = async ({ url, child }: { url: string; child: ChildProcess }) => {
      const { job } = await json<{ job: IngestJob }>(`${url}${retrievalPaths.ingest}`, {
        documents: corpus(DOCUMENTS, documents),
      });
      documents += DOCUMENTS;
      const look = () => json<IngestJob>(`${url}${retrievalPaths.job(job.id)}`);
      const seen = await until(look, (now) => now.documents.done >= DOCUMENTS / 5, 30_000);
      expect(seen.state).toBe("running"); // Else nothing would be shown.
      await kill(child);
      expect(await jobEnd(app, job.id)).toMatchObject({
        state: "succeeded",
        documents: { total: DOCUMENTS, done: DOCUMENTS, unchanged: 0, failed: 0 },
        chunks: { done: DOCUMENTS },
      });
      const active = present(await store.collections.active(), "active collection").id;
      expect(await store.counts()).toMatchObject({
        documents,
        chunks: documents,
        vectors: { [active]: documents },
      });
    };
    await killAtWork(first);

    // Its lock was left behind: the second writes by now.
    expect(second.registry.role.here).toBe(true);
    expect(second.lines.some(({ event }) => event === "registry.taken-over")).toBe(true);
    for (let round = 1; round <= ROUNDS; round += 1) {
      // A process more costs seconds: by default the third is another server in this one.
      const spawned = longTests ? await spawnServer(`reader-${round}`) : null;
      const beside = spawned ? null : await openServer(`reader-${round}`);
      const ask = async <T>(path: string): Promise<T> =>
        spawned
          ? json<T>(`${spawned.url}${path}`)
          : present(beside, "reader")
              .app.inject({ url: path })
              .then((answer) => answer.json<T>());
      const { version, fingerprint } = await register(app, await trueArtifact(round));
      const promoted = Date.now();
      const answer = await promote(app, version);
      expect(answer.statusCode, answer.body).toBe(200);
      const production = await until(
        () => ask<Production>(apiPaths.production),
        (seen) => seen.version === version,
        SEEN_MS,
      );
      expect(production.version).toBe(version);
      expect(Date.now() - promoted).toBeLessThan(SEEN_MS);

      // One of the two embedded everything anew, once.
      const query = { q: "how to sort an array", k: "3" };
      const mine = await until(
        () => search(app, query),
        ({ body }) => body.embedder.fingerprint === fingerprint,
        30_000,
      );
      const theirs = await ask<typeof mine.body>(`${retrievalPaths.search}?${new URLSearchParams(query).toString()}`);
      expect(theirs.embedder.fingerprint).toBe(fingerprint);
      expect(theirs.hits.map(({ documentId }) => documentId)).toEqual(
        mine.body.hits.map(({ documentId }) => documentId),
      );
      const jobs = await second.jobs.list(20);
      const embedded = jobs.filter(({ kind, collectionId }) => kind === "re-embed" && collectionId === fingerprint);
      expect(embedded).toMatchObject([{ state: "done", chunks: documents }]);
      if (spawned) await killAtWork(spawned);
    }
  }, 240_000);
});
