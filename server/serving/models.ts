import { performance } from "node:perf_hooks";
import type { Logger } from "pino";
import { Gauge } from "prom-client";
import { fromProblem, StudioError, toProblem, type Problem } from "../../src/domain/errors.ts";
import type { OnnxType } from "../../src/domain/onnx/index.ts";
import { ATTRIBUTE } from "../../src/domain/telemetry/attributes.ts";
import type { HealthChecks } from "../lib/health.ts";
import { HttpProblem } from "../lib/httpProblem.ts";
import { Listeners } from "../lib/listeners.ts";
import { Mutex } from "../lib/mutex.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { QueueLimits, QueueObserver } from "./batchQueue.ts";
import { queueMetrics } from "./queueMetrics.ts";
import { baseAlone, type ModelCatalog, noModel, sourceOf } from "./catalog.ts";
import { Embedder } from "./embedder.ts";
import type { Endpoint } from "./endpoint.ts";
import { EndpointUse } from "./endpointUse.ts";
import { modelAttributes, modelFields, sourceAttributes, sourceFields } from "./facts.ts";
import type { OnnxStore } from "./onnxStore.ts";
import { EmbedderPool, type Lease } from "./pool.ts";
import type { Selection } from "./selection.ts";
import type { ServingState } from "./state.ts";
import type { ModelIdentity, ModelSource } from "./modelSource.ts";

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
  dtype: OnnxType;
  /** Another server that may embed in place of this one. */
  endpoint?: Endpoint | null;
}

/**
 * The models that embed. Follows the choice of the serving model: the next one is loaded and checked while the present
 * one answers, then they change places; the old one is unloaded when its last request has ended. A tuned model that can
 * not be loaded or gives other vectors than the engine gives way to its base, and log, health, metric and span say so.
 */
export class ServingModels {
  readonly pool: EmbedderPool;
  #current: Serving | null = null;
  #trouble: Problem | null = null;
  readonly #following = new Mutex();
  readonly #listeners = new Listeners<[serving: Serving]>();
  readonly #stopFollowing: () => void;
  readonly #fallbackGauge: Gauge;
  readonly #endpointUse: EndpointUse | null;

  private constructor(private readonly parts: ModelsParts) {
    const { metrics, serving, health } = parts;
    const observer = queueMetrics(metrics);
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
      return {
        status: "ok",
        message: `${describe(this.#current.identity)} embeds${parts.dtype === "q8" ? ", with 8-bit weights" : ""}.`,
      };
    });
    this.#endpointUse = parts.endpoint
      ? new EndpointUse(parts.log, metrics, health, () => this.#current?.source.fingerprint ?? null)
      : null;
    health.awaitReady("embedder", () => this.#current !== null);
  }

  /** Starts loading; with `strict` waits and refuses to go on when the wanted model cannot serve. */
  static async open(parts: ModelsParts): Promise<ServingModels> {
    const models = new ServingModels(parts);
    const loading = models.follow(parts.serving.current());
    if (!parts.strict) return models;
    await loading;
    const problem = models.#trouble ?? models.#endpointUse?.problem();
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
    throw fromProblem(this.#trouble);
  }

  /** As `current`, after waiting for the first load. */
  async ready(): Promise<Serving> {
    if (!this.#current) await this.#following.settled();
    return this.current();
  }

  /** As `ready`, after a promotion on another server has been heard of. */
  async upToDate(): Promise<Serving> {
    await this.parts.serving.upToDate();
    await this.#following.settled();
    return this.ready();
  }

  /** Whether this server writes the registry: then its choice is everybody's. */
  get leads(): boolean {
    return this.parts.serving.leads;
  }

  /** Resolves when the choice made so far has been followed. */
  settled(): Promise<void> {
    return this.#following.settled();
  }

  /** Called when another model embeds. Returns the way to stop. */
  onSwitch(listener: (serving: Serving) => void): () => void {
    return this.#listeners.add(listener);
  }

  get catalog(): ModelCatalog {
    return this.parts.catalog;
  }

  /**
   * The model that callers mean by a name: `production`, `baseline`, a version, a fingerprint, or the base's id.
   * @throws HttpProblem `model-not-found` (404)
   */
  async named(name: string): Promise<ModelSource> {
    const { source } = await this.ready();
    if (name === "production" || name === source.fingerprint || name === source.tuned?.version) return source;
    const found = await this.catalog.named(name);
    if (found) return found;
    throw new HttpProblem(404, {
      code: "model-not-found",
      message: "There is no model of that name here.",
      hint: "GET /v1/models lists the names; production is the one that serves.",
    });
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
    await this.#following.settled();
    await this.pool.close();
  }

  follow(selection: Selection): Promise<void> {
    return this.#following.run(() => this.#follow(selection));
  }

  async #follow(selection: Selection): Promise<void> {
    const wanted = sourceOf(selection);
    const before = this.#current;
    let next: Serving | null = null;
    let trouble: Problem | null = wanted ? null : toProblem(noModel());
    const alone = wanted?.tuned ? baseAlone(wanted.base) : null;
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
    this.#listeners.tell(next);
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
      source.tuned ? "the tuned model cannot serve; the baseline does" : "the baseline cannot serve",
    );
    return problem;
  }

  /** A model's thread has died: it is loaded anew where it serves, or its base takes its place, as after any load. */
  #reload(source: ModelSource, cause: unknown): void {
    const { log, serving } = this.parts;
    log.error({ event: "embedder.stopped", ...sourceFields(source), err: cause }, "the thread of a model has stopped");
    this.pool.discard(source.fingerprint);
    if (this.#current?.source.fingerprint === source.fingerprint) void this.follow(serving.current());
  }

  async #load(source: ModelSource, observer: QueueObserver): Promise<Embedder> {
    const { telemetry, onnx, log, maxTokens, limits, threads, dtype, endpoint = null } = this.parts;
    const onEndpoint = (problem: Problem | null) => this.#endpointUse?.note(source, problem);
    const started = performance.now();
    let loaded = false; // A model that dies before fails to load.
    return telemetry.span(
      "serving.load",
      { [ATTRIBUTE.observationType]: "span", ...sourceAttributes(source) },
      async (span) => {
        const embedder = await Embedder.open(source, onnx, {
          maxTokens,
          limits,
          threads,
          dtype,
          observer,
          endpoint,
          onEndpoint,
          onStopped: (cause) => {
            if (loaded) this.#reload(source, cause);
          },
        });
        loaded = true;
        const { identity } = embedder;
        span.setAttributes({ ...modelAttributes(identity), [ATTRIBUTE.dimension]: identity.dimension });
        const seconds = Math.round(performance.now() - started) / 1000;
        log.info({ event: "embedder.loaded", ...modelFields(identity), seconds }, `${describe(identity)} is loaded`);
        return embedder;
      },
    );
  }
}

const describe = ({ role, version, baseId }: ModelIdentity): string =>
  role === "tuned" ? `The tuned model ${version ?? "of the named folder"}` : `The base ${baseId}`;

const loading = (): StudioError =>
  new StudioError("model-loading", "The model is being loaded.", "Try again in a few seconds; /ready tells when.");
