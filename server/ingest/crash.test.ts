import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { afterAll, beforeAll, expect, it } from "vitest";
import { retrievalPaths, type IngestJob } from "../../src/domain/api/index.ts";
import { longTests } from "../../src/testing/longTests.ts";
import { temporaryStudio, TINY } from "../testing/folder.ts";
import { emptyStore } from "../testing/databases.ts";
import { testStudio, type TestStudio } from "../testing/studio.ts";

/** A server process of its own on a folder; resolves with its address. */
const spawnServer = async (root: string): Promise<{ url: string; child: ChildProcess }> => {
  const child = spawn(
    process.execPath,
    ["./server/lib/typescript.mjs", "./server/testing/heldChild.ts"]
      .flatMap((first) => ["--import", first])
      .concat(new URL("../main.ts", import.meta.url).pathname),
    {
      env: {
        ...process.env,
        STUDIO_DATA_DIR: `${root}/data`,
        MODELS_DIR: `${root}/models`,
        PORT: "0",
        EMBEDDING_MODEL: TINY,
        EMBEDDING_THREADS: "1",
        RATE_LIMIT_PER_MINUTE: "0",
        LOG_LEVEL: "fatal",
      },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    },
  );
  let faults = "";
  child.stderr?.on("data", (piece: Buffer) => (faults += piece.toString()));
  for await (const line of createInterface({ input: child.stdout ?? Readable.from([]) })) {
    const url = /runs at (http\S+)/.exec(line)?.[1];
    if (url) return { url, child };
  }
  throw new Error(`the server ended: ${faults}`);
};
/** @returns the exit code; null when the signal ended it */
const end = (child: ChildProcess, signal: "SIGKILL" | "SIGTERM") =>
  new Promise<number | null>((resolve) => {
    child.once("exit", resolve);
    child.kill(signal);
  });

let studio: Awaited<ReturnType<typeof temporaryStudio>>;
let running: ChildProcess | null = null;
let last: TestStudio | null = null;
beforeAll(async () => {
  studio = await temporaryStudio();
  await emptyStore(`${studio.root}/data/vectors`);
}, 120_000); // The first on a machine makes the store that all others copy.
afterAll(async () => {
  if (running) await end(running, "SIGKILL");
  await last?.stop();
  await studio.remove();
});

/** Documents that are embedded in one batch. */
const BATCH = 16;
const DOCUMENTS = longTests ? 200 : 56;
const FOUND = 40;
/** How the server is ended, after how many batches, while the last of them is stored; and its exit code. */
const ENDS = [
  { batches: 1, signal: "SIGKILL", code: null },
  ...(longTests ? [{ batches: 3, signal: "SIGKILL", code: null } as const] : []),
  { batches: longTests ? 6 : 2, signal: "SIGTERM", code: 0 },
] as const;

it("takes a job up again after kill -9 and after a stop, without loss or doubles", async () => {
  const json = async <T>(url: string, init?: RequestInit): Promise<T> => (await fetch(url, init)).json() as Promise<T>;
  let { url, child } = await spawnServer(studio.root);
  running = child;
  const documents = Array.from({ length: DOCUMENTS }, (_, i) => ({
    id: `doc-${i}`,
    text: `Document ${i} about topic ${i % 7}.`,
  }));
  const { job } = await json<{ job: IngestJob }>(`${url}${retrievalPaths.ingest}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ documents }),
  });
  const look = () => json<IngestJob>(`${url}${retrievalPaths.job(job.id)}`);

  for (const [i, { batches, signal, code }] of ENDS.entries()) {
    const least = (await look()).documents.done + (batches - 1) * BATCH + 1;
    child.send(batches);
    while ((await look()).documents.done < least) await new Promise((resolve) => setTimeout(resolve, 50));
    // The next batch waits at the gate.
    expect((await look()).documents.done).toBeLessThan(DOCUMENTS);
    expect(await end(child, signal)).toBe(code);
    running = null;
    // The last server is not to be ended: one in this process, which saves the start of another.
    if (i === ENDS.length - 1) break;
    ({ url, child } = await spawnServer(studio.root));
    running = child;
  }
  last = await testStudio({}, { root: studio.root });
  url = await last.app.listen({ port: 0, host: "127.0.0.1" });
  let now = await look();
  while (["queued", "running"].includes(now.state)) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    now = await look();
  }
  expect(now).toMatchObject({
    state: "succeeded",
    documents: { total: DOCUMENTS, done: DOCUMENTS, unchanged: 0, failed: 0 },
    chunks: { done: DOCUMENTS },
  });
  const index = await json<{ documents: number; collections: { chunks: number }[] }>(`${url}${retrievalPaths.index}`);
  expect(index).toMatchObject({ documents: DOCUMENTS, collections: [{ chunks: DOCUMENTS }] });
  const found = await json<{ hits: unknown[]; chunks: number }>(`${url}${retrievalPaths.search}?q=topic&k=${FOUND}`);
  expect(found.hits).toHaveLength(FOUND);
  expect(found.chunks).toBe(DOCUMENTS);
}, 240_000);
