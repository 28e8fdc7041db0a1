import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, it } from "vitest";
import { retrievalPaths, type IngestJob } from "../../src/domain/api/index.ts";
import { longTests } from "../../src/testing/longTests.ts";
import { temporaryStudio } from "../testing/folder.ts";
import { emptyStore } from "../testing/databases.ts";

/** A server process of its own on a folder; resolves with its address. */
const spawnServer = async (root: string): Promise<{ url: string; child: ChildProcess }> => {
  const child = spawn(
    process.execPath,
    ["--import", "./server/lib/typescript.mjs", new URL("../main.ts", import.meta.url).pathname],
    {
      env: {
        ...process.env,
        STUDIO_DATA_DIR: `${root}/data`,
        MODELS_DIR: `${root}/models`,
        PORT: "0",
        EMBEDDING_THREADS: "1",
        RATE_LIMIT_PER_MINUTE: "0",
        LOG_LEVEL: "fatal",
      },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let faults = "";
  child.stderr?.on("data", (piece: Buffer) => (faults += piece.toString()));
  for await (const line of createInterface({ input: child.stdout })) {
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
beforeAll(async () => {
  studio = await temporaryStudio();
  await emptyStore(`${studio.root}/data/vectors`);
}, 120_000); // The first on a machine makes the store that all others copy.
afterAll(async () => {
  if (running) await end(running, "SIGKILL");
  await studio.remove();
});

const DOCUMENTS = longTests ? 200 : 80;
/** How the server is ended, at which share of the job, and its exit code. */
const ENDS = [
  { share: 0.2, signal: "SIGKILL", code: null },
  ...(longTests ? [{ share: 0.4, signal: "SIGKILL", code: null } as const] : []),
  { share: 0.7, signal: "SIGTERM", code: 0 },
] as const;

it("takes a job up again after kill -9 and after a stop, without loss or doubles", async () => {
  const json = async <T>(url: string, init?: RequestInit): Promise<T> => (await fetch(url, init)).json() as Promise<T>;
  let server = await spawnServer(studio.root);
  running = server.child;
  const documents = Array.from({ length: DOCUMENTS }, (_, i) => ({
    id: `doc-${i}`,
    text: `Document ${i} about topic ${i % 7}.`,
  }));
  const { job } = await json<{ job: IngestJob }>(`${server.url}${retrievalPaths.ingest}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ documents }),
  });
  const look = () => json<IngestJob>(`${server.url}${retrievalPaths.job(job.id)}`);

  for (const { share, signal, code } of ENDS) {
    while ((await look()).documents.done < DOCUMENTS * share) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await end(server.child, signal)).toBe(code);
    server = await spawnServer(studio.root);
    running = server.child;
  }
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
  const index = await json<{ documents: number; collections: { chunks: number }[] }>(
    `${server.url}${retrievalPaths.index}`,
  );
  expect(index).toMatchObject({ documents: DOCUMENTS, collections: [{ chunks: DOCUMENTS }] });
  const found = await json<{ hits: unknown[]; chunks: number }>(`${server.url}${retrievalPaths.search}?q=topic&k=50`);
  expect(found.hits).toHaveLength(50);
  expect(found.chunks).toBe(DOCUMENTS);
}, 240_000);
