import { type ChildProcess, spawn } from "node:child_process";
import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import autocannon from "autocannon";
import { retrievalPaths, type IngestJob } from "../../../domain/api/index.ts";
import { PROJECT_ROOT } from "../../../../server/lib/project.ts";
import { row } from "./table.ts";

const TINY = "qwen3-embedding-tiny";
const WORDS = "sort array mutex thread kettle water invoice opcode table search index vector model query".split(" ");

/**
 * Searches of one, two and three server processes on one Postgres and one registry folder, callers spread evenly. Everything runs on this
 * machine, the callers and the database too, so the figures say what a process more costs here, not what a machine more brings.
 */
export const measureServers = async (
  folder: string,
  flags: { documents: number; seconds: number; connections: number; database: string },
) => {
  const children: ChildProcess[] = [];
  await mkdir(join(folder, "models/base"), { recursive: true });
  await cp(join(PROJECT_ROOT, "models/base", TINY), join(folder, "models/base", TINY), { recursive: true });
  const start = async (name: string): Promise<string> => {
    const child = spawn(
      process.execPath,
      ["--import", join(PROJECT_ROOT, "server/lib/typescript.mjs"), join(PROJECT_ROOT, "server/main.ts")],
      {
        env: {
          ...process.env,
          STUDIO_DATA_DIR: join(folder, name),
          MODELS_DIR: join(folder, "models"),
          DATABASE_URL: flags.database,
          EMBEDDING_MODEL: TINY,
          EMBEDDING_THREADS: "1",
          PORT: "0",
          RATE_LIMIT_PER_MINUTE: "0",
          LOG_LEVEL: "error",
        },
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    children.push(child);
    for await (const line of createInterface({ input: child.stdout })) {
      const url = /runs at (http\S+)/.exec(line)?.[1];
      if (url) return url;
    }
    throw new Error("a server did not start");
  };
  const json = async <T>(url: string, init?: RequestInit): Promise<T> => {
    const response = await fetch(url, init);
    if (!response.ok) throw new Error(`${url}: ${response.status}`);
    return response.json() as Promise<T>;
  };
  try {
    const urls = [await start("first")];
    const documents = Array.from({ length: flags.documents }, (_, i) => ({
      id: `doc-${i}`,
      text: Array.from({ length: 40 }, (_, j) => WORDS[(i * 7 + j * (i + 3)) % WORDS.length]).join(" "),
    }));
    let { job } = await json<{ job: IngestJob }>(`${urls[0]}${retrievalPaths.ingest}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ documents }),
    });
    while (["queued", "running"].includes(job.state)) {
      await new Promise((done) => setTimeout(done, 200));
      job = await json<IngestJob>(`${urls[0]}${retrievalPaths.job(job.id)}`);
    }
    row("servers", "searches/s", "p50 ms", "p97.5 ms", "answers not 2xx", "errors");
    row("---:", "---:", "---:", "---:", "---:", "---:");
    for (const count of [1, 2, 3]) {
      while (urls.length < count) urls.push(await start(`more-${urls.length}`));
      const path = `${retrievalPaths.search}?q=sort+an+array&k=10`;
      for (const url of urls) await json(`${url}${path}`);
      const each = await Promise.all(
        urls.map((url) =>
          autocannon({
            url: `${url}${path}`,
            connections: Math.max(1, Math.round(flags.connections / count)),
            duration: flags.seconds,
          }),
        ),
      );
      const sum = (of: (one: autocannon.Result) => number) => each.reduce((total, one) => total + of(one), 0);
      row(
        count,
        sum((one) => one.requests.average).toFixed(0),
        Math.max(...each.map((one) => one.latency.p50)),
        Math.max(...each.map((one) => one.latency.p97_5)),
        sum((one) => one.non2xx),
        sum((one) => one.errors),
      );
    }
  } finally {
    await Promise.all(
      children.map(
        (child) =>
          new Promise<void>((resolve) => {
            child.once("exit", () => resolve());
            child.kill("SIGTERM");
          }),
      ),
    );
  }
};
