import { join } from "node:path";
import type { Config } from "./config/config.ts";
import { openCore, type CoreOptions } from "./core.ts";
import { Feedback } from "./feedback/feedback.ts";
import { JobRunner } from "./ingest/runner.ts";
import { TextWork } from "./ingest/textWork.ts";
import { Collections } from "./retrieval/collections.ts";
import { Search } from "./retrieval/search.ts";
import type { Core, Studio } from "./routes/container.ts";
import type { QueueLimits } from "./serving/batchQueue.ts";
import { ModelCatalog } from "./serving/catalog.ts";
import { Endpoint } from "./serving/endpoint.ts";
import { ServingModels } from "./serving/models.ts";
import { Archon } from "./telemetry/archon.ts";
import { countDrops } from "./telemetry/metrics.ts";
import { trackVersions } from "./telemetry/versions.ts";
import {
  FeedbackStore,
  JobStore,
  KeywordFill,
  openDatabase,
  StoreHead,
  StoreUpkeep,
  VectorStore,
} from "./vectors/index.ts";

export interface StudioOptions extends CoreOptions {
  queue?: QueueLimits;
  leaseSeconds?: number;
}

/** Opens every part of a server. Throws a `StudioError` that says what to do; nothing stays open then. */
export const openStudio = async (config: Config, options: StudioOptions = {}): Promise<Studio> => {
  const core = await openCore(config, options);
  try {
    return await openRetrieval(core, options);
  } catch (thrown) {
    await core.close();
    throw thrown;
  }
};

const openRetrieval = async (core: Core, options: StudioOptions): Promise<Studio> => {
  const { config, log, metrics, health, langfuse, telemetry, bases, onnx, registry, gatekeeper, serving, closing } =
    core;
  const { dataDir, embedding } = config;
  const archon = config.archon
    ? await Archon.open(config.archon, { dataDir, onDrop: countDrops("archon", metrics, log) })
    : null;
  if (archon) {
    closing.add(() => archon.close());
    health.register("archon", () => archon.health());
  }

  const folder = join(dataDir, "vectors");
  const head = config.databaseUrl ? null : await StoreHead.open(folder);
  const database = await openDatabase({ url: config.databaseUrl, folder });
  closing.add(() => database.close());
  const store = new VectorStore(database);
  const jobs = new JobStore(database);
  if (database.kind === "embedded") await jobs.recover();
  const models = await ServingModels.open({
    serving,
    onnx,
    telemetry,
    log,
    metrics,
    health,
    catalog: new ModelCatalog(registry, bases, () => serving.current()),
    strict: embedding.strict,
    maxTokens: embedding.maxTokens,
    threads: embedding.threads,
    dtype: embedding.dtype,
    endpoint: embedding.endpoint && new Endpoint(embedding.endpoint),
    limits: options.queue,
  });
  closing.add(() => models.close());
  const collections = new Collections(store, jobs, models, log, config.vectorType);
  closing.add(() => collections.close());
  const text = new TextWork();
  closing.add(() => text.close());
  const { chunks } = config;
  const { leaseSeconds } = options;
  const runner = new JobRunner({ store, jobs, collections, text, telemetry, log, chunks, leaseSeconds });
  closing.add(() => runner.close());
  collections.onWork = () => runner.wake();
  const upkeep = new StoreUpkeep(database);
  runner.onEnd = async () => {
    await head?.note(await store.documentCount());
    await upkeep.tidy();
  };
  const lost = head?.problem(await store.documentCount());
  if (lost) log.error({ event: "store.lost", code: "store-lost" }, lost);
  // With `strict` the model is loaded already, and nobody listened then.
  if (embedding.strict) await collections.follow(models.current(), "startup");
  runner.start();

  health.register("store", async () => {
    const lost = head && head.lost > 0 ? head.problem(await store.documentCount()) : null;
    if (lost) return { status: "degraded", message: lost };
    const active = await store.collections.active();
    const what = store.kind === "embedded" ? "The embedded store" : "The database";
    return { status: "ok", message: `${what} answers${active ? "" : "; no collection is active yet"}.` };
  });
  health.register("vectors", async () => {
    const { changing, message } = await collections.typeWords();
    return { status: changing ? "degraded" : "ok", message };
  });
  if (archon)
    await trackVersions({
      registry,
      gatekeeper,
      log,
      archon,
      onActivated: (listener) => (collections.onActivated = listener),
      activeCollection: async () => (await store.collections.active())?.id ?? null,
    });
  registry.onChange((_lineage, event) => {
    if (event.type === "deleted")
      void onnx.forget(event.fingerprint).catch((thrown: unknown) => log.warn({ err: thrown }, "old ONNX files stay"));
  });
  const traceUrl = (traceId: string | null) => (langfuse && traceId ? langfuse.traceUrl(traceId) : null);
  const feedback = new Feedback(new FeedbackStore(database), config.feedback, log);
  closing.add(() => feedback.close());
  await feedback.start();
  health.register("feedback", () => ({ status: "ok", message: feedback.words }));
  const listed = new KeywordFill(store.keywords, (thrown) =>
    log.error({ event: "keywords.failed", err: thrown }, "the words of older passages could not be listed"),
  );
  closing.add(() => listed.close());
  await listed.start();
  health.register("keywords", () => ({ status: listed.ready ? "ok" : "degraded", message: listed.words }));
  const search = new Search(store, collections, telemetry, traceUrl, log, feedback.keep, listed, core.reranking);
  return { ...core, database, store, jobs, models, collections, text, runner, search, feedback, traceUrl };
};
