/** `npm run bench:load`: what one server does on this machine, over loopback only, on folders that are removed again. */
import { mkdtemp, mkdir, rm, symlink } from "node:fs/promises";
import { loadavg, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import autocannon from "autocannon";
import { sql } from "drizzle-orm";
import { z } from "zod";
import { buildApp } from "../../../server/app.ts";
import { readFlags, type Flag } from "../../../server/cli/flags.ts";
import { loadConfig } from "../../../server/config/config.ts";
import { PROJECT_ROOT } from "../../../server/lib/project.ts";
import { Secret } from "../../../server/lib/secret.ts";
import { openStudio } from "../../../server/studio.ts";
import { createLog } from "../../../server/telemetry/logs.ts";
import { openDatabase, VectorStore } from "../../../server/vectors/index.ts";
import { retrievalPaths, type IngestJob } from "../../domain/api/index.ts";
import { present } from "../../domain/present.ts";
import { quantile } from "../../domain/quantile.ts";

const FLAGS = {
  documents: {
    value: "N",
    help: "documents to ingest (default 300)",
    schema: z.coerce.number().int().min(10).max(20_000).default(300),
  },
  seconds: {
    value: "S",
    help: "length of each load (default 10)",
    schema: z.coerce.number().int().min(1).max(120).default(10),
  },
  connections: {
    value: "N",
    help: "callers at once (default 8)",
    schema: z.coerce.number().int().min(1).max(256).default(8),
  },
  chunks: {
    value: "LIST",
    help: "sizes of the store, comma-separated (default 1000,10000)",
    schema: z
      .string()
      .regex(/^\d+(,\d+)*$/)
      .default("1000,10000"),
  },
  dimension: {
    value: "N",
    help: "of the store's vectors (default 128)",
    schema: z.coerce.number().int().min(8).max(2000).default(128),
  },
  vectors: {
    value: "KIND",
    help: "of the store: clustered, as texts give, or random (default both)",
    schema: z.enum(["clustered", "random", "both"]).default("both"),
  },
  database: {
    value: "URL",
    help: "an empty Postgres with pgvector in place of the embedded store",
    schema: z.string().optional(),
  },
} satisfies Record<string, Flag>;

let seed = 7;
const random = () => ((seed = (Math.imul(seed, 48271) >>> 0) % 2147483647) / 2147483647) * 2 - 1;
const gauss = () =>
  Math.sqrt(-2 * Math.log((random() + 1) / 2 || Number.MIN_VALUE)) * Math.cos(Math.PI * (random() + 1));
const unit = (values: Float32Array): Float32Array => {
  const norm = Math.hypot(...values);
  return values.map((value) => value / norm);
};

/** Nothing is near anything, so the tenth neighbour hardly differs from the hundredth: the hardest case for an index. */
const randomVectors = (dimension: number) => () => unit(Float32Array.from({ length: dimension }, gauss));

/** Like embeddings of texts: 400 topics, 24 directions in which texts really differ, and noise in all others. */
const clusteredVectors = (dimension: number) => {
  const row = () => Float32Array.from({ length: 24 }, gauss);
  const directions = Array.from({ length: dimension }, row);
  const topics = Array.from({ length: 400 }, row);
  return () => {
    const topic = topics[Math.floor(((random() + 1) / 2) * topics.length)] ?? row();
    const place = topic.map((value) => value + 0.6 * gauss());
    return unit(
      Float32Array.from(directions, (direction) =>
        direction.reduce((sum, w, i) => sum + w * (place[i] ?? 0), 0.5 * gauss()),
      ),
    );
  };
};
const mb = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MB`;
const row = (...cells: (string | number)[]) => console.log(`| ${cells.join(" | ")} |`);

/** Ingestion, search and embeddings over HTTP, with the bundled base. */
const measureServer = async (folder: string, flags: { documents: number; seconds: number; connections: number }) => {
  await mkdir(join(folder, "models/base"), { recursive: true });
  await symlink(
    join(PROJECT_ROOT, "models/base/qwen3-embedding-tiny"),
    join(folder, "models/base/qwen3-embedding-tiny"),
  );
  const config = loadConfig({ RATE_LIMIT_PER_MINUTE: "0", LOG_LEVEL: "silent" }, folder);
  const studio = await openStudio(config, { log: createLog({ logLevel: "silent", logPretty: false }) });
  const app = await buildApp(studio);
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
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
    await app.close();
    await studio.close();
  }
};

/** The store alone: exact search and HNSW on the same vectors. */
const measureStore = async (
  where: { folder: string; url: Secret | null },
  sizes: number[],
  dimension: number,
  kind: "clustered" | "random",
) => {
  const database = await openDatabase(where);
  const store = new VectorStore(database);
  const vector = (kind === "random" ? randomVectors : clusteredVectors)(dimension);
  const id = (kind === "random" ? "ab" : "cd").repeat(32);
  await store.collections.build({ id, modelId: kind, modelVersion: null, dimension });
  await store.collections.activate(id);
  const collection = present(await store.collections.active(), "active collection");
  console.log(`\n${store.kind} store, ${kind} vectors of ${dimension} dimensions, k = 10\n`);
  row(
    "passages",
    "vectors/s in",
    "exact p50 ms",
    "exact p95 ms",
    "HNSW p50 ms",
    "HNSW p95 ms",
    "recall@10",
    "build s",
    "longest hold ms",
    "vectors/s kept up",
    "RSS",
  );
  row(...Array.from({ length: 11 }, () => "---:"));
  let held = 0;
  /** Adds passages up to a size. @returns how many a second */
  const fill = async (size: number): Promise<number> => {
    const started = performance.now();
    const before = held; // vectors there already
    while (held < size) {
      const count = Math.min(100, size - held);
      const pieces = Array.from({ length: count }, (_, ordinal) => ({
        ordinal,
        text: `passage ${held + ordinal}`,
        tokens: 3,
        vectors: new Map([[id, vector()]]),
      }));
      await store.putDocument(
        { id: `${kind}-${held}`, contentHash: "x", title: "", mediaType: "text/plain", text: "", metadata: {} },
        pieces,
      );
      held += count;
    }
    return ((size - before) / (performance.now() - started)) * 1000;
  };
  for (const size of sizes) {
    const inserted = await fill(size);
    const queries = Array.from({ length: 60 }, vector);
    const run = async (exact: boolean) => {
      const times: number[] = [];
      const found: Set<string>[] = [];
      for (const query of queries) {
        const at = performance.now();
        const { hits } = await store.nearest.search({ collection, query, k: 10, exact });
        times.push(performance.now() - at);
        found.push(new Set(hits.map(({ documentId, ordinal }) => `${documentId}#${ordinal}`)));
      }
      return { times, found };
    };
    const exact = await run(true);
    const building = performance.now();
    const delay = monitorEventLoopDelay({ resolution: 10 });
    delay.enable();
    await store.nearest.index(id, 1);
    delay.disable();
    const built = (performance.now() - building) / 1000;
    const near = await run(false);
    const keptUp = await fill(held + 1000);
    // The next size is filled without the upkeep of an index, as a store below the threshold is.
    await database.sql.execute(sql.raw(`DROP INDEX "hnsw_${id.slice(0, 40)}"`));
    const recall =
      exact.found.reduce(
        (sum, set, i) => sum + [...set].filter((key) => near.found[i]?.has(key)).length / set.size,
        0,
      ) / queries.length;
    row(
      size,
      inserted.toFixed(0),
      quantile(exact.times, 0.5).toFixed(1),
      quantile(exact.times, 0.95).toFixed(1),
      quantile(near.times, 0.5).toFixed(1),
      quantile(near.times, 0.95).toFixed(1),
      recall.toFixed(3),
      built.toFixed(1),
      (delay.max / 1e6).toFixed(0),
      keptUp.toFixed(0),
      mb(process.memoryUsage().rss),
    );
  }
  await database.close();
};

const flags = readFlags("loadTest", FLAGS, process.argv.slice(2));
if (flags) {
  const folder = await mkdtemp(join(tmpdir(), "load-"));
  try {
    console.log(
      `${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown CPU"}, Node ${process.version}, load average ${loadavg()[0]?.toFixed(1)} before the run`,
    );
    await measureServer(join(folder, "server"), flags);
    const url = flags.database ? new Secret(flags.database) : null;
    for (const kind of ["clustered", "random"] as const)
      if (flags.vectors === kind || flags.vectors === "both")
        await measureStore(
          { folder: join(folder, kind), url },
          flags.chunks.split(",").map(Number),
          flags.dimension,
          kind,
        );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
