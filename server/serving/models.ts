import { performance } from "node:perf_hooks";
import type { Logger } from "pino";
import { Counter, Gauge, Histogram } from "prom-client";
import { StudioError, toProblem, type Problem } from "../../src/domain/errors.ts";
import { ATTRIBUTE } from "../../src/domain/telemetry/attributes.ts";
import type { HealthChecks } from "../health.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { SpanAttributes, Telemetry } from "../telemetry/telemetry.ts";
import type { QueueLimits, QueueObserver } from "./batchQueue.ts";
import { ModelCatalog, noModel, sourceOf } from "./catalog.ts";
import { Embedder, type ModelIdentity, type ModelSource } from "./embedder.ts";
import type { Endpoint } from "./endpoint.ts";
import type { OnnxStore } from "./onnxStore.ts";
import { EmbedderPool, type Lease } from "./pool.ts";
import type { Selection } from "./selection.ts";
import type { ServingState } from "./state.ts";

/** What embeds now. */
export interface Serving {
  source: ModelSource;
  identity: ModelIdentity;
  /** Why the base serves although a tuned model was asked for, else null. */
  fallback: Problem | null;
}

export interface ModelsParts {
  serving: ServingState;
  catalog: ModelCatalog;
  onnx: OnnxStore;
  telemetry: Telemetry;
  log: Logger;
  metrics: Metrics;
  health: HealthChecks;
  strict: boolean;
  /** Longest text in tokens, with prompt. */
  maxTokens: number;
  limits?: QueueLimits;
  threads?: number;
  /** Another server that may embed in place of this one. */
  endpoint?: Endpoint | null;
}

/** What every span about vectors says of the model. */
export const modelAttributes = (identity: ModelIdentity, fallback: Problem | null = null): SpanAttributes => ({
  [ATTRIBUTE.modelName]: identity.baseId,
  [ATTRIBUTE.modelId]: identity.baseId,
  [ATTRIBUTE.modelFingerprint]: identity.fingerprint,
  [ATTRIBUTE.modelRole]: identity.role,
  [ATTRIBUTE.baseRevision]: identity.baseRevision,
  [ATTRIBUTE.datasetHash]: identity.datasetHash,
  [ATTRIBUTE.version]: identity.version ?? undefined,
  [ATTRIBUTE.backend]: identity.backend,
  [ATTRIBUTE.fallbackReason]: fallback?.code,
});

/** The same facts for a log line. */
export const modelFields = ({ fingerprint, datasetHash, version }: ModelIdentity) => ({
  model_fingerprint: fingerprint,
  dataset_hash: datasetHash ?? null,
  version,
});

/** The same of a model that need not be loaded. */
export const sourceFields = (source: ModelSource | null, fingerprint = source?.fingerprint ?? null) => ({
  model_fingerprint: fingerprint,
  dataset_hash: source?.tuned?.datasetHash ?? null,
  version: source?.tuned?.version ?? null,
});

/**
 * The models that embed. Follows the choice of the serving model: the next one is loaded and checked while the present
 * one answers, then they change places; the old one is unloaded when its last request has ended. A tuned model that can
 * not be loaded or gives other vectors than the engine gives way to its base, and log, health, metric and span say so.
 */
export class ServingModels {
  readonly pool: EmbedderPool;
  #current: Serving | null = null;
  #trouble: Problem | null = null;
  #following: Promise<void> = Promise.resolve();
  readonly #listeners = new Set<(serving: Serving) => void>();
  readonly #stopFollowing: () => void;
  readonly #fallbackGauge: Gauge;
  /** Why the endpoint does not embed with a model; null while it does. */
  readonly #endpoint = new Map<string, Problem | null>();
  readonly #endpointGauge: Gauge | null = null;

  private constructor(private readonly parts: ModelsParts) {
    const { metrics, serving, health } = parts;
    const observer = embeddingMetrics(metrics);
    this.pool = new EmbedderPool((source) => this.#load(source, observer));
    this.#fallbackGauge = new Gauge({
      name: "recall_studio_embedder_fallback",
      help: "1 while the baseline embeds because the tuned model could not be loaded, by reason.",
      labelNames: ["code"],
      registers: [metrics.registry],
    });
    this.#stopFollowing = serving.onChange((selection) => void this.follow(selection));
    health.register("embedder", () => {
      if (this.#trouble) return { status: this.#current ? "degraded" : "failed", message: this.#trouble.message };
      if (!this.#current) return { status: "ok", message: "The model is being loaded." };
      return { status: "ok", message: `${describe(this.#current.identity)} embeds.` };
    });
    if (parts.endpoint) {
      this.#endpointGauge = new Gauge({
        name: "recall_studio_endpoint_used",
        help: "1 while EMBEDDING_ENDPOINT embeds with a model, 0 while this server does although it is set.",
        labelNames: ["fingerprint"],
        registers: [metrics.registry],
      });
      health.register("endpoint", () => {
        const problem = this.#endpointProblem();
        if (problem) return { status: "degraded", message: `This server embeds instead: ${problem.message}` };
        return { status: "ok", message: "EMBEDDING_ENDPOINT embeds with the model that serves." };
      });
    }
    health.awaitReady("embedder", () => this.#current !== null);
  }

  /** Starts loading; with `strict` waits and refuses to go on when the wanted model can not serve. */
  static async open(parts: ModelsParts): Promise<ServingModels> {
    const models = new ServingModels(parts);
    const loading = models.follow(parts.serving.current());
    if (!parts.strict) return models;
    await loading;
    const problem = models.#trouble ?? models.#endpointProblem();
    if (!problem) return models;
    await models.close();
    throw new StudioError(
      "embedding-strict",
      `EMBEDDING_STRICT refuses to serve another model: ${problem.message}`,
      problem.hint,
    );
  }

  /** What embeds now. @throws StudioError `no-model`, or why none could be loaded */
  current(): Serving {
    if (this.#current) return this.#current;
    if (!this.#trouble) throw loading();
    throw new StudioError(this.#trouble.code, this.#trouble.message, this.#trouble.hint);
  }

  /** As `current`, after waiting for the first load. */
  async ready(): Promise<Serving> {
    if (!this.#current) await this.#following;
    return this.current();
  }

  /** Resolves when the choice made so far has been followed. */
  settled(): Promise<void> {
    return this.#following;
  }

  /** Called when another model embeds. Returns the way to stop. */
  onSwitch(listener: (serving: Serving) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get catalog(): ModelCatalog {
    return this.parts.catalog;
  }

  acquire(source: ModelSource): Promise<Lease> {
    return this.pool.acquire(source);
  }

  /** Runs `work` with a loaded model, which stays loaded until it ends. */
  async use<T>(source: ModelSource, work: (embedder: Embedder) => Promise<T>): Promise<T> {
    const lease = await this.pool.acquire(source);
    try {
      return await work(lease.embedder);
    } finally {
      lease.release();
    }
  }

  async close(): Promise<void> {
    this.#stopFollowing();
    this.#listeners.clear();
    await this.#following;
    await this.pool.close();
  }

  follow(selection: Selection): Promise<void> {
    this.#following = this.#following.then(() => this.#follow(selection));
    return this.#following;
  }

  async #follow(selection: Selection): Promise<void> {
    const wanted = sourceOf(selection);
    const before = this.#current;
    let next: Serving | null = null;
    let trouble: Problem | null = wanted ? null : toProblem(noModel());
    const alone: ModelSource | null = wanted?.tuned
      ? { fingerprint: wanted.base.sha256, tuned: null, base: wanted.base }
      : null;
    for (const source of [wanted, alone]) {
      if (!source || next) continue;
      try {
        const { identity } = await this.pool.pin(source);
        next = { source, identity, fallback: source === wanted ? selection.fallback : trouble };
      } catch (thrown) {
        trouble = this.#report(source, thrown);
      }
    }
    this.#trouble = trouble;
    this.#fallbackGauge.reset();
    if (trouble) this.#fallbackGauge.set({ code: trouble.code }, 1);
    if (!next) return; // The present model, if any, goes on; health says why.
    this.#current = next;
    if (before && before.source.fingerprint !== next.source.fingerprint) this.pool.unpin(before.source.fingerprint);
    this.parts.log.info(
      { event: "embedder.switched", ...modelFields(next.identity), fallback_reason: next.fallback?.code ?? null },
      `${describe(next.identity)} embeds`,
    );
    for (const listener of this.#listeners) listener(next);
  }

  /** Why the endpoint does not embed with the model that serves; null while it does, or when there is none. */
  #endpointProblem(): Problem | null {
    return (this.#current && this.#endpoint.get(this.#current.source.fingerprint)) ?? null;
  }

  #onEndpoint(source: ModelSource, problem: Problem | null): void {
    const before = this.#endpoint.get(source.fingerprint);
    this.#endpoint.set(source.fingerprint, problem);
    this.#endpointGauge?.set({ fingerprint: source.fingerprint }, problem ? 0 : 1);
    if (before !== undefined && before?.code === problem?.code) return;
    const fields = { model_fingerprint: source.fingerprint, version: source.tuned?.version ?? null };
    if (problem) this.parts.log.warn({ event: "endpoint.unused", ...fields, code: problem.code }, problem.message);
    else this.parts.log.info({ event: "endpoint.used", ...fields }, "EMBEDDING_ENDPOINT embeds with this model");
  }

  #report(source: ModelSource, thrown: unknown): Problem {
    const known = toProblem(thrown);
    const problem: Problem =
      known.code === "unexpected"
        ? { code: "model-unloadable", message: "The model could not be loaded.", hint: "The log has the reason." }
        : known;
    this.parts.log.error(
      {
        event: "embedder.unloadable",
        ...sourceFields(source),
        code: problem.code,
        err: thrown,
      },
      source.tuned ? "the tuned model can not serve; the baseline does" : "the baseline can not serve",
    );
    return problem;
  }

  async #load(source: ModelSource, observer: QueueObserver): Promise<Embedder> {
    const { telemetry, onnx, log, maxTokens, limits, threads, endpoint = null } = this.parts;
    const onEndpoint = (problem: Problem | null) => this.#onEndpoint(source, problem);
    const started = performance.now();
    const attributes = {
      [ATTRIBUTE.observationType]: "span",
      [ATTRIBUTE.modelFingerprint]: source.fingerprint,
      [ATTRIBUTE.modelRole]: source.tuned ? "tuned" : "baseline",
      [ATTRIBUTE.version]: source.tuned?.version ?? undefined,
    };
    return telemetry.span("serving.load", attributes, async (span) => {
      const embedder = await Embedder.open(source, onnx, {
        maxTokens,
        limits,
        threads,
        observer,
        endpoint,
        onEndpoint,
      });
      const { identity } = embedder;
      for (const [key, value] of Object.entries(modelAttributes(identity)))
        if (value !== undefined) span.setAttribute(key, value);
      span.setAttribute(ATTRIBUTE.dimension, identity.dimension);
      const seconds = Math.round(performance.now() - started) / 1000;
      log.info({ event: "embedder.loaded", ...modelFields(identity), seconds }, `${describe(identity)} is loaded`);
      return embedder;
    });
  }
}

const describe = ({ role, version, baseId }: ModelIdentity): string =>
  role === "tuned" ? `The tuned model ${version ?? "of the named folder"}` : `The base ${baseId}`;

const loading = (): StudioError =>
  new StudioError("model-loading", "The model is being loaded.", "Try again in a few seconds; /ready tells when.");

const embeddingMetrics = ({ registry }: Metrics): QueueObserver => {
  const registers = [registry];
  const batches = new Histogram({
    name: "recall_studio_embedding_batch_seconds",
    help: "Duration of a batch in the runtime.",
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers,
  });
  const texts = new Counter({ name: "recall_studio_embedded_texts_total", help: "Embedded texts.", registers });
  const tokens = new Counter({ name: "recall_studio_embedded_tokens_total", help: "Embedded tokens.", registers });
  const refused = new Counter({
    name: "recall_studio_embedding_refused_total",
    help: "Requests refused because too many wait, or given up after the time limit.",
    labelNames: ["reason"],
    registers,
  });
  return {
    batch: (size, count, seconds) => {
      batches.observe(seconds);
      texts.inc(size);
      tokens.inc(count);
    },
    refused: (reason) => refused.inc({ reason }),
  };
};
