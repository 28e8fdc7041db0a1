import type { Logger } from "pino";
import type { StoredForm } from "../../src/domain/evaluation/bytes/forms.ts";
import { present } from "../../src/domain/present.ts";
import { Mutex } from "../lib/mutex.ts";
import type { ModelSource } from "../serving/modelSource.ts";
import { activeTraceId, activeTraceparent } from "../telemetry/active.ts";
import { modelFields, sourceFields } from "../serving/facts.ts";
import type { Serving, ServingModels } from "../serving/models.ts";
import type { Collection, Job, JobStore, VectorStore } from "../vectors/index.ts";
import { collectionBuilding, collectionMissing, collectionModelMissing } from "./problems.ts";

/** A collection that new documents go into, with the model that fills it. */
export interface Target {
  collection: Collection;
  source: ModelSource;
}

/** How long a retired collection is kept for searches that still run. */
const GRACE_MS = 60_000;

/**
 * Keeps the collections in step with the model that serves. A collection holds the vectors of one model; the active one
 * answers searches until the next one is complete, then they change places in one transaction.
 */
export class Collections {
  readonly #reconciling = new Mutex();
  readonly #stop: () => void;
  readonly #timers = new Set<NodeJS.Timeout>();
  #cleaned = false;
  /** Told when there is a job to take up. */
  onWork: () => void = () => {};
  /** Told when a collection answers searches. */
  onActivated: (fingerprint: string) => void = () => {};

  constructor(
    private readonly store: VectorStore,
    private readonly jobs: JobStore,
    readonly models: ServingModels,
    private readonly log: Logger,
    private readonly vectorType: StoredForm,
  ) {
    this.#stop = models.onSwitch((serving) => void this.follow(serving, activeTraceId() ?? "startup"));
  }

  async close(): Promise<void> {
    this.#stop();
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#reconciling.settled();
  }

  /** Resolves when the collections follow the model that serves now. */
  settled(): Promise<void> {
    return this.#reconciling.settled();
  }

  /** As `settled`, after this server has heard of what another one promoted. */
  async upToDate(): Promise<void> {
    await this.models.upToDate();
    await this.settled();
  }

  /** Makes the collection of the serving model the active one: at once when nothing is missing, else by a job. */
  follow(serving: Serving, correlationId: string): Promise<void> {
    return this.#reconciling.run(() =>
      this.#follow(serving, correlationId)
        .then(() => this.#changeTypes(correlationId))
        .catch((thrown: unknown) => {
          const fields = modelFields(serving.identity);
          this.log.error(
            { event: "collections.failed", ...fields, err: thrown },
            "the collections could not follow the model",
          );
        }),
    );
  }

  async #follow({ identity, source, fallback }: Serving, correlationId: string): Promise<void> {
    // A server that cannot load what is in production must not turn the searches of all others away from it.
    if (fallback && !this.models.leads) return;
    const active = await this.store.collections.active();
    if (active?.id === identity.fingerprint) return;
    // The baseline's vectors stay complete beside a tuned model's, so that both can be searched.
    if (source.tuned && active?.id === source.base.sha256) await this.store.collections.keep(active.id, true);
    await this.#open(source, identity.dimension, identity.baseId, identity.version);
    if (await this.finish(identity.fingerprint)) return;
    await this.#rebuild(identity.fingerprint, correlationId);
  }

  /** Has the collections that are searched and filled change to the type of vectors that is configured, by a job each. */
  async #changeTypes(correlationId: string): Promise<void> {
    if (!this.models.leads) return;
    for (const { id, vectorType, nextVectorType } of await this.store.collections.live()) {
      const next = vectorType !== this.vectorType && (await this.wanted(id)) ? this.vectorType : null;
      if (nextVectorType !== next) await this.store.collections.changeType(id, next);
      if (next) await this.#rebuild(id, correlationId);
      // What a change left that a stop cut short, or that was given up.
      if (!this.#cleaned) await this.#clean(id);
    }
    this.#cleaned = true;
  }

  /** Has searches use the type of vectors that a collection was changed into, once it is complete there. */
  async switchType(id: string): Promise<void> {
    const before = await this.store.collections.find(id);
    await this.store.nearest.index(id);
    if (!before?.nextVectorType || !(await this.store.collections.switchType(id))) return;
    this.log.info(
      { event: "collection.retyped", collection: id, from: before.vectorType, to: before.nextVectorType },
      "searches use the new type of vectors",
    );
    this.#later(() => this.#clean(id), "old vectors could not be removed");
  }

  async #clean(id: string): Promise<void> {
    const cleaned = await this.store.collections.clean(id);
    if (cleaned.length > 0) await this.store.vacuum(cleaned);
  }

  /** What a person is told of how vectors are kept. */
  async typeWords(): Promise<{ changing: boolean; message: string }> {
    const live = await this.store.collections.live();
    const changing = live.find(({ nextVectorType }) => nextVectorType !== null);
    if (changing?.nextVectorType) {
      const { id, vectorType, nextVectorType } = changing;
      const [done, all] = [await this.store.size(id, nextVectorType), await this.store.size(id)];
      return {
        changing: true,
        message: `Vectors are being changed from ${vectorType} to ${nextVectorType}, ${done} of ${all} so far; searches use ${vectorType} until all are.`,
      };
    }
    const types = new Set(live.map(({ vectorType }) => vectorType));
    return { changing: false, message: `Vectors are kept as ${[...types].join(" and ") || this.vectorType}.` };
  }

  /** Activates a complete collection if its model serves. @returns whether it is active now */
  async finish(id: string): Promise<boolean> {
    if (!this.#serves(id)) return false;
    const before = await this.store.collections.active();
    if (before?.id === id) return true;
    await this.store.nearest.index(id);
    if (!(await this.store.collections.activateIfComplete(id))) return false;
    const { identity } = this.models.current();
    this.log.info(
      { event: "collection.activated", collection: id, from: before?.id ?? null, ...modelFields(identity) },
      "searches use the new collection",
    );
    this.#sweepLater(id, before?.id ?? null);
    this.onActivated(id);
    return true;
  }

  /** Whether anything wants a collection to be filled. */
  async wanted(id: string): Promise<boolean> {
    return this.#serves(id) || ((await this.store.collections.find(id))?.kept ?? false);
  }

  /**
   * Builds or completes a collection on request: of the serving model (`production`), or one that is searched beside it.
   * @returns the job; null when nothing is missing
   */
  async request(source: ModelSource, correlationId: string): Promise<Job | null> {
    const lease = await this.models.acquire(source);
    const { identity } = lease.embedder;
    lease.release();
    await this.#open(source, identity.dimension, identity.baseId, identity.version);
    if (!this.#serves(source.fingerprint)) await this.store.collections.keep(source.fingerprint, true);
    if (await this.store.collections.complete(source.fingerprint)) {
      if (!(await this.finish(source.fingerprint))) await this.store.collections.settle(source.fingerprint);
      return null;
    }
    return this.#rebuild(source.fingerprint, correlationId);
  }

  /** A job that had nothing to do, for the record. */
  async ended({ fingerprint }: ModelSource, correlationId: string): Promise<Job> {
    const id = await this.jobs.create(
      { kind: "re-embed", correlationId, traceparent: null, collectionId: fingerprint },
      60,
    );
    await this.jobs.submit(id, { label: "Nothing was missing", chunksTotal: 0 });
    this.onWork();
    return present(await this.jobs.get(id), "job that was made just now");
  }

  /** Collections that a new document must go into. Those whose model is not on this server are named apart. */
  async targets(): Promise<{ targets: Target[]; without: Set<string> }> {
    const targets: Target[] = [];
    const without = new Set<string>();
    for (const collection of await this.store.collections.live()) {
      const source = await this.models.catalog.fingerprint(collection.id);
      if (source) targets.push({ collection, source });
      else without.add(collection.id);
    }
    return { targets, without };
  }

  /**
   * The collection that answers, with the model that must embed the query for it.
   * @throws HttpProblem `collection-missing`, `collection-building` (409), `collection-model-missing` (503)
   */
  async searched(wanted: "production" | ModelSource): Promise<Target> {
    if (wanted === "production") {
      await this.models.ready();
      await this.#reconciling.settled();
      const collection = await this.store.collections.active();
      if (!collection) throw collectionModelMissing();
      const source = await this.models.catalog.fingerprint(collection.id);
      if (!source) throw collectionModelMissing();
      return { collection, source };
    }
    const collection = await this.store.collections.find(wanted.fingerprint);
    if (!collection) throw collectionMissing();
    if (collection.status !== "active" && !(await this.store.collections.complete(collection.id))) {
      if (await this.jobs.rebuilding(collection.id)) throw collectionBuilding();
      throw collectionMissing();
    }
    return { collection, source: wanted };
  }

  async #open(source: ModelSource, dimension: number, modelId: string, modelVersion: string | null): Promise<void> {
    await this.store.collections.build({
      id: source.fingerprint,
      modelId,
      modelVersion,
      dimension,
      vectorType: this.vectorType,
    });
  }

  async #rebuild(id: string, correlationId: string): Promise<Job> {
    // A promotion's trace goes on in the job that follows from it.
    const traceparent = activeTraceparent();
    const { job, created } = await this.jobs.rebuild(id, { correlationId, traceparent }, async () => {
      const next = (await this.store.collections.find(id))?.nextVectorType ?? undefined;
      const total = (await this.store.counts()).chunks - (await this.store.size(id, next));
      return { label: next ? `Vectors as ${next}` : "All documents", chunksTotal: Math.max(0, total) };
    });
    if (!created) return job;
    this.log.info(
      {
        event: "reembed.queued",
        job: job.id,
        correlation_id: correlationId,
        collection: id,
        ...sourceFields(await this.models.catalog.fingerprint(id), id),
        chunks: job.chunksTotal,
      },
      "re-embedding",
    );
    this.onWork();
    return job;
  }

  #serves(id: string): boolean {
    try {
      return this.models.current().identity.fingerprint === id;
    } catch {
      return false; // No model is loaded, so none serves.
    }
  }

  /** Drops old collections, but the one before (for a rollback) and those kept. */
  #sweepLater(active: string, previous: string | null): void {
    this.#later(async () => {
      for (const { id, status, kept } of await this.store.collections.list())
        if (status === "retired" && !kept && id !== previous && id !== active) await this.store.collections.drop(id);
    }, "old collections could not be removed");
  }

  /** Does something when searches that run now have ended. */
  #later(work: () => Promise<void>, failure: string): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void work().catch((thrown: unknown) => this.log.error({ err: thrown }, failure));
    }, GRACE_MS);
    timer.unref();
    this.#timers.add(timer);
  }
}
