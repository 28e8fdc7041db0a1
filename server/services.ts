import { join } from "node:path";
import type { Manifest } from "../src/domain/artifact/index.ts";
import { ATTRIBUTE } from "../src/domain/telemetry/attributes.ts";
import type { Routes } from "./app.ts";
import type { Config } from "./config.ts";
import { createServices, type ServiceOptions, type Services } from "./context.ts";
import { Collections } from "./ingest/collections.ts";
import { JobRunner } from "./ingest/runner.ts";
import { Search } from "./ingest/search.ts";
import { TextWork } from "./ingest/textWork.ts";
import { embeddingRoutes } from "./routes/embeddings.ts";
import { documentRoutes } from "./routes/documents.ts";
import { ingestRoutes } from "./routes/ingest.ts";
import { jobRoutes } from "./routes/jobs.ts";
import { langfuseRoutes } from "./routes/langfuse.ts";
import { mcpRoutes } from "./routes/mcp.ts";
import { searchRoutes } from "./routes/search.ts";
import type { QueueLimits } from "./serving/batchQueue.ts";
import { ModelCatalog } from "./serving/catalog.ts";
import { Endpoint } from "./serving/endpoint.ts";
import { ServingModels } from "./serving/models.ts";
import { prepareOnnx } from "./serving/prepareOnnx.ts";
import { Archon } from "./telemetry/archon.ts";
import { Langfuse } from "./telemetry/langfuse.ts";
import { createLog } from "./telemetry/logs.ts";
import { Telemetry } from "./telemetry/telemetry.ts";
import { trackVersions } from "./telemetry/versions.ts";
import { type Database, JobStore, openDatabase, VectorStore } from "./vectors/index.ts";

/** What the routes of serving, ingestion and retrieval work with. */
export interface Retrieval {
  telemetry: Telemetry;
  langfuse: Langfuse | null;
  database: Database;
  store: VectorStore;
  jobs: JobStore;
  models: ServingModels;
  collections: Collections;
  text: TextWork;
  runner: JobRunner;
  search: Search;
  /** Where a person opens a trace; null without Langfuse. */
  traceUrl: (traceId: string | null) => string | null;
}

export interface Studio {
  services: Services;
  retrieval: Retrieval;
  /** For `buildApp`, beside the rooms it knows. */
  routes: Routes[];
}

export interface StudioOptions extends ServiceOptions {
  queue?: QueueLimits;
  leaseSeconds?: number;
  /** False makes no spans at all, to measure what they cost. */
  tracing?: boolean;
}

/** Opens everything of a studio's server. Throws a `StudioError` that says what to do; nothing stays open then. */
export const openStudio = async (config: Config, options: StudioOptions = {}): Promise<Studio> => {
  const log = options.log ?? createLog(config);
  let telemetry: Telemetry | null = null;
  const services: Services = await createServices(config, {
    ...options,
    log,
    verifying: (work) => (telemetry ? verification(telemetry, work) : work()),
    prepare: [...(options.prepare ?? []), prepareOnnx(() => services, config.embedding.maxTokens)],
  });
  try {
    const retrieval = await openRetrieval(services, options);
    telemetry = retrieval.telemetry;
    return {
      services,
      retrieval,
      routes: [embeddingRoutes, ingestRoutes, jobRoutes, documentRoutes, searchRoutes, mcpRoutes, langfuseRoutes].map(
        (routes) => (parts: Services) => routes(parts, retrieval),
      ),
    };
  } catch (thrown) {
    await services.close();
    throw thrown;
  }
};

/** The verification of an artifact as a span of its upload. */
const verification = (telemetry: Telemetry, work: () => Promise<Manifest>): Promise<Manifest> =>
  telemetry.span("registry.verify", { [ATTRIBUTE.observationType]: "span" }, async (span) => {
    const manifest = await work();
    span.setAttributes({
      [ATTRIBUTE.modelName]: manifest.base.id,
      [ATTRIBUTE.modelId]: manifest.base.id,
      [ATTRIBUTE.baseRevision]: manifest.base.revision,
      [ATTRIBUTE.modelFingerprint]: manifest.fingerprint,
      [ATTRIBUTE.modelRole]: "tuned",
      [ATTRIBUTE.datasetHash]: manifest.dataset.fingerprint,
    });
    return manifest;
  });

const openRetrieval = async (services: Services, options: StudioOptions): Promise<Retrieval> => {
  const { config, log, metrics, health, registry, bases, onnx, serving, version, onClose } = services;
  const onDrop = (what: string) => (items: number, reason: string) => {
    metrics.telemetryDropped.inc({ what, reason }, items);
    log.warn({ event: "outbox.dropped", what, items, reason }, "telemetry was dropped");
  };
  const { dataDir } = config;
  const langfuse = config.langfuse
    ? await Langfuse.open(config.langfuse, { dataDir, release: version, onDrop: onDrop("langfuse") })
    : null;
  const captureText = config.langfuse?.captureText ?? false;
  const telemetry = new Telemetry({ langfuse, log, version, captureText, enabled: options.tracing ?? true });
  onClose(() => telemetry.close());
  const archon = config.archon ? await Archon.open(config.archon, { dataDir, onDrop: onDrop("archon") }) : null;
  if (archon) onClose(() => archon.close());

  const database = await openDatabase({ url: config.databaseUrl, folder: join(dataDir, "vectors") });
  onClose(() => database.close());
  const store = new VectorStore(database);
  const jobs = new JobStore(database);
  if (database.kind === "embedded") await jobs.recover();
  const { strict, maxTokens, threads, endpoint } = config.embedding;
  const models = await ServingModels.open({
    serving,
    catalog: new ModelCatalog(registry, bases, () => serving.current()),
    onnx,
    telemetry,
    log,
    metrics,
    health,
    strict,
    maxTokens,
    threads,
    endpoint: endpoint && new Endpoint(endpoint),
    ...(options.queue ? { limits: options.queue } : {}),
  });
  onClose(() => models.close());
  const collections = new Collections(store, jobs, models, log);
  onClose(() => collections.close());
  const text = new TextWork();
  onClose(() => text.close());
  const { leaseSeconds } = options;
  const runner = new JobRunner({
    store,
    jobs,
    collections,
    text,
    telemetry,
    log,
    chunks: config.chunks,
    ...(leaseSeconds ? { leaseSeconds } : {}),
  });
  onClose(() => runner.close());
  collections.onWork = () => runner.wake();
  // With `strict` the model is loaded already, and nobody listened then.
  if (strict) await collections.follow(models.current(), "startup");
  runner.start();

  health.register("store", async () => {
    const active = await store.collections.active();
    const what = store.kind === "embedded" ? "The embedded store" : "The database";
    return { status: "ok", message: `${what} answers${active ? "" : "; no collection is active yet"}.` };
  });
  if (archon) await trackVersions({ registry, gatekeeper: services.gatekeeper, log, archon, collections, store });
  registry.onChange((_lineage, event) => {
    if (event.type === "deleted")
      void onnx.forget(event.fingerprint).catch((thrown: unknown) => log.warn({ err: thrown }, "old ONNX files stay"));
  });
  const traceUrl = (traceId: string | null) => (langfuse && traceId ? langfuse.traceUrl(traceId) : null);
  const search = new Search(store, collections, telemetry, traceUrl, log);
  return { telemetry, langfuse, database, store, jobs, models, collections, text, runner, search, traceUrl };
};
