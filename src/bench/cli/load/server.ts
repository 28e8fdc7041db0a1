import autocannon from "autocannon";
import { retrievalPaths, type IngestJob } from "../../../domain/api/index.ts";
import { startBenchStudio } from "../benchStudio.ts";
import { mb, row } from "./table.ts";
import { random } from "./vectors.ts";

/** Ingestion, search and embeddings over HTTP, with the bundled base. */
export const measureServer = async (
  folder: string,
  flags: { documents: number; seconds: number; connections: number },
) => {
  const { url, studio, close } = await startBenchStudio(folder);
  try {
    await studio.models.ready();
    const words = "sort array mutex thread kettle water invoice opcode table search index vector model query".split(
      " ",
    );
    const sentence = () =>
      Array.from({ length: 12 }, () => words[Math.floor(Math.abs(random()) * words.length)]).join(" ");
    const documents = Array.from({ length: flags.documents }, (_, i) => ({
      id: `doc-${i}`,
      text: Array.from({ length: 8 }, () => `${sentence()}.`).join(" "),
    }));
    const started = performance.now();
    let last: IngestJob | null = null;
    for (let at = 0; at < documents.length; at += 1000) {
      const response = await fetch(`${url}${retrievalPaths.ingest}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ documents: documents.slice(at, at + 1000) }),
      });
      last = ((await response.json()) as { job: IngestJob }).job;
    }
    while (last && ["queued", "running"].includes(last.state)) {
      await new Promise((done) => setTimeout(done, 50));
      last = (await (await fetch(`${url}${retrievalPaths.job(last.id)}`)).json()) as IngestJob;
    }
    const seconds = (performance.now() - started) / 1000;
    if (last?.state !== "succeeded") throw new Error(`ingestion ended as ${last?.state}`);
    const { chunks } = await studio.store.counts();
    console.log(
      `\ningestion: ${flags.documents} documents, ${chunks} passages in ${seconds.toFixed(1)} s = ${(flags.documents / seconds).toFixed(1)} documents/s, ${(chunks / seconds).toFixed(1)} passages/s\n`,
    );
    row("route", "requests/s", "p50 ms", "p97.5 ms", "p99 ms", "answers not 2xx", "errors");
    row("---", "---:", "---:", "---:", "---:", "---:", "---:");
    const load = async (name: string, options: Omit<autocannon.Options, "url"> & { path: string }) => {
      const { path, ...rest } = options;
      const { requests, latency, non2xx, errors } = await autocannon({
        url: `${url}${path}`,
        connections: flags.connections,
        duration: flags.seconds,
        ...rest,
      });
      row(name, requests.average.toFixed(0), latency.p50, latency.p97_5, latency.p99, non2xx, errors);
    };
    await load("GET /health", { path: "/health" });
    await load("GET /api/search (k 10)", { path: `${retrievalPaths.search}?q=sort+an+array&k=10` });
    await load("POST /v1/embeddings (1 text)", {
      path: "/v1/embeddings",
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ input: "sort an array in place", encoding_format: "base64" }),
    });
    await load("POST /v1/embeddings (16 texts)", {
      path: "/v1/embeddings",
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        input: Array.from({ length: 16 }, () => "sort an array in place"),
        encoding_format: "base64",
      }),
    });
    console.log(`\nRSS after the load: ${mb(process.memoryUsage().rss)}`);
  } finally {
    await close();
  }
};
