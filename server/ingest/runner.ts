import { createHash } from "node:crypto";
import type { Logger } from "pino";
import { StudioError, toProblem } from "../../src/domain/errors.ts";
import { ATTRIBUTE } from "../../src/domain/telemetry/attributes.ts";
import { modelAttributes, modelFields, sourceFields } from "../serving/models.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { EmbeddedChunk, Job, JobItem, JobStore, VectorStore } from "../vectors/index.ts";
import type { Passage } from "./chunk.ts";
import { jobProblem, type Collections } from "./collections.ts";
import type { TextWork } from "./textWork.ts";

export interface RunnerParts {
  store: VectorStore;
  jobs: JobStore;
  collections: Collections;
  text: TextWork;
  telemetry: Telemetry;
  log: Logger;
  chunks: { tokens: number; overlap: number };
  /** A worker that does not renew for this long counts as dead. */
  leaseSeconds?: number;
}

/** Documents taken up together, so that small ones share batches. */
const GROUP = 16;
/** Passages re-embedded together. */
const ROUND = 64;
/** Attempts at a job whose surroundings fail (database, model), with growing pauses. */
const ATTEMPTS = 5;

type Kind = Job["kind"];

/** What a document's hash covers: text, and how it is cut. The same hash means nothing needs to be embedded. */
export const contentHash = (text: string, chunks: RunnerParts["chunks"]): string =>
  createHash("sha256").update(`${chunks.tokens}/${chunks.overlap}\0${text}`).digest("hex");

/**
 * Takes jobs up and does them, ingestion and re-embedding side by side. A job's state is in the database and each
 * document is stored in one transaction with the note that it is done, so a crash at any point loses and doubles nothing.
 */
export class JobRunner {
  readonly #stopping = new AbortController();
  readonly #wakers = new Map<Kind, () => void>();
  readonly #attempts = new Map<string, number>();
  #loops: Promise<void>[] = [];

  constructor(private readonly parts: RunnerParts) {}

  start(): void {
    this.#loops = (["ingest", "re-embed"] as const).map((kind) => this.#loop(kind));
  }

  /** Looks for work now rather than at the next turn. */
  wake(): void {
    for (const waker of this.#wakers.values()) waker();
  }

  /** Stops after the documents at hand; unfinished jobs wait for the next start. */
  async close(): Promise<void> {
    this.#stopping.abort();
    this.wake();
    await Promise.all(this.#loops);
  }

  get #lease(): number {
    return this.parts.leaseSeconds ?? 60;
  }

  async #loop(kind: Kind): Promise<void> {
    const { jobs, log } = this.parts;
    while (!this.#stopping.signal.aborted) {
      try {
        await jobs.sweep();
        const job = await jobs.claim(kind, this.#lease);
        if (job) {
          await this.#work(job);
          continue;
        }
      } catch (thrown) {
        log.error({ event: "jobs.unreachable", err: thrown }, "the jobs can not be read; trying again");
      }
      await this.#pause(kind, 2000);
    }
  }

  #pause(kind: Kind, milliseconds: number): Promise<void> {
    if (this.#stopping.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#wakers.delete(kind);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      this.#wakers.set(kind, done);
    });
  }

  async #work(job: Job): Promise<void> {
    const { jobs, log, telemetry } = this.parts;
    const fields = { job: job.id, kind: job.kind, correlation_id: job.correlationId };
    const parent = telemetry.incoming(job.traceparent ? { traceparent: job.traceparent } : {});
    // Another server may take the job only when this one is dead, however long a batch takes.
    const renewing = setInterval(() => void jobs.renew(job.id, this.#lease).catch(() => {}), (this.#lease * 1000) / 3);
    const started = performance.now();
    try {
      await telemetry.span(
        "ingestion.job",
        {
          [ATTRIBUTE.observationType]: "span",
          [ATTRIBUTE.jobId]: job.id,
          [ATTRIBUTE.correlationId]: job.correlationId,
        },
        async (span) => {
          // The first load of a large model takes minutes; the job waits for it.
          await this.parts.collections.models.ready();
          await this.parts.collections.settled();
          if (job.kind === "ingest") await this.#ingest(job);
          else await this.#reembed(job);
          const now = await jobs.get(job.id);
          span.setAttributes({ [ATTRIBUTE.documents]: now?.done ?? 0, [ATTRIBUTE.chunks]: now?.chunks ?? 0 });
          if (now?.collectionId) span.setAttribute(ATTRIBUTE.collection, now.collectionId);
        },
        parent,
      );
      this.#attempts.delete(job.id);
      const now = await jobs.get(job.id);
      log.info(
        {
          event: "job.ended",
          ...fields,
          state: now?.state,
          documents: now?.done,
          unchanged: now?.unchanged,
          failed: now?.failed,
          chunks: now?.chunks,
          ...(await this.#fields(now)),
          seconds: Math.round(performance.now() - started) / 1000,
        },
        "job ended",
      );
    } catch (thrown) {
      await this.#trouble(job, thrown);
    } finally {
      clearInterval(renewing);
    }
  }

  /** What log lines say of the model that a job's collection is of. */
  async #fields(job: Job | null) {
    const id = job?.collectionId ?? null;
    // A line must not fail for a disk that cannot say which model that was.
    const source = id && (await this.parts.collections.models.catalog.fingerprint(id).catch(() => null));
    return sourceFields(source || null, id);
  }

  async #trouble(job: Job, thrown: unknown): Promise<void> {
    const { jobs, log } = this.parts;
    const stopping = this.#stopping.signal.aborted;
    if (stopping) return jobs.requeue(job.id).catch(() => {});
    const attempt = (this.#attempts.get(job.id) ?? 0) + 1;
    this.#attempts.set(job.id, attempt);
    log.error(
      {
        event: "job.trouble",
        job: job.id,
        attempt,
        correlation_id: job.correlationId,
        ...(await this.#fields(job)),
        code: toProblem(thrown).code,
        err: thrown,
      },
      attempt < ATTEMPTS ? "the job is tried again" : "the job failed",
    );
    if (attempt < ATTEMPTS) return jobs.requeue(job.id, 2 ** attempt / 2);
    this.#attempts.delete(job.id);
    const { code, message, hint } = jobProblem(thrown);
    return jobs.finish(job.id, "failed", { code, message, hint });
  }

  /** @returns false when the job is to be left: cancelled, taken by another, or the server stops */
  async #goesOn(job: Job): Promise<boolean> {
    if (this.#stopping.signal.aborted) {
      await this.parts.jobs.requeue(job.id);
      return false;
    }
    return this.parts.jobs.renew(job.id, this.#lease);
  }

  async #ingest(job: Job): Promise<void> {
    const { jobs } = this.parts;
    for (;;) {
      if (!(await this.#goesOn(job))) return;
      const items = await jobs.waiting(job.id, GROUP);
      if (items.length === 0) break;
      await this.#group(job, items);
    }
    for (const { collection } of (await this.parts.collections.targets()).targets)
      await this.parts.store.nearest.index(collection.id);
    const now = await jobs.get(job.id);
    const all = now !== null && now.failed > 0 && now.done + now.unchanged === 0;
    await jobs.finish(
      job.id,
      all ? "failed" : "done",
      all
        ? {
            code: "documents-failed",
            message: "No document could be taken.",
            hint: "The list of failures says why, document by document.",
          }
        : null,
    );
  }

  async #group(job: Job, items: readonly JobItem[]): Promise<void> {
    const { store, jobs, collections, telemetry, log, chunks } = this.parts;
    const cut: { item: JobItem; hash: string; passages: Passage[] }[] = [];
    for (const item of items) {
      if (!item.payload) {
        await jobs.failItem(item, { code: "payload-missing", message: "The text is gone.", hint: "Send it again." });
        continue;
      }
      const hash = contentHash(item.payload.text, chunks);
      if ((await store.contentHash(item.documentId)) === hash) {
        await store.describeDocument(documentOf(item, hash), (tx) =>
          jobs.finishItem(tx, item, { state: "unchanged", chunks: 0 }),
        );
        continue;
      }
      const passages = await this.#cut(job, item);
      if (passages) cut.push({ item, hash, passages });
    }
    if (cut.length === 0) return;
    // A promotion during the work changes where documents must go; then they are embedded for the new model too.
    let left = cut;
    for (let attempt = 0; left.length > 0; attempt += 1) {
      const { targets, without } = await collections.targets();
      if (targets.length === 0) throw noCollection();
      const texts = left.flatMap(({ passages }) => passages.map(({ text }) => text));
      const vectors = new Map<string, Float32Array[]>();
      for (const { collection, source } of targets)
        await collections.models.use(source, async (embedder) =>
          telemetry.span(
            "ingestion.batch",
            {
              [ATTRIBUTE.observationType]: "embedding",
              ...modelAttributes(embedder.identity),
              [ATTRIBUTE.jobId]: job.id,
              [ATTRIBUTE.documents]: left.length,
              [ATTRIBUTE.chunks]: texts.length,
              [ATTRIBUTE.dimension]: collection.dimension,
              [ATTRIBUTE.collection]: collection.id,
              [ATTRIBUTE.promptHash]: embedder.identity.promptHash.document,
            },
            async (span) => {
              const result = await embedder.embed(texts, "document", {
                lane: "background",
                signal: this.#stopping.signal,
                cut: true,
              });
              vectors.set(collection.id, result.vectors);
              span.setAttribute(ATTRIBUTE.usage, JSON.stringify({ input: result.tokens, total: result.tokens }));
              log.debug(
                {
                  event: "ingest.batch",
                  job: job.id,
                  correlation_id: job.correlationId,
                  ...modelFields(embedder.identity),
                  chunks: result.vectors.length,
                },
                "batch embedded",
              );
            },
          ),
        );
      let at = 0;
      const late: typeof cut = [];
      for (const entry of left) {
        const first = at;
        at += entry.passages.length;
        const pieces = entry.passages.map((passage, ordinal): EmbeddedChunk => ({
          ...passage,
          ordinal,
          vectors: new Map([...vectors].map(([id, rows]) => [id, rows[first + ordinal] as Float32Array])),
        }));
        try {
          await store.putDocument(documentOf(entry.item, entry.hash), pieces, {
            without,
            alongside: (tx) => jobs.finishItem(tx, entry.item, { state: "done", chunks: pieces.length }),
          });
        } catch (thrown) {
          if (!(thrown instanceof StudioError) || thrown.code !== "collections-changed" || attempt > 5) throw thrown;
          late.push(entry);
        }
      }
      left = late;
    }
  }

  async #cut(job: Job, item: JobItem): Promise<Passage[] | null> {
    const { text, jobs, collections, chunks } = this.parts;
    const { text: content, mediaType } = item.payload as NonNullable<JobItem["payload"]>;
    const { source } = await collections.models.ready();
    try {
      const passages = await text.chunk(content, mediaType, source.base.directory, {
        size: chunks.tokens,
        overlap: chunks.overlap,
      });
      if (passages.length > 0) return passages;
      throw new StudioError("document-empty", "The document holds no text.", "Send a document with text.");
    } catch (thrown) {
      if (!(thrown instanceof StudioError)) throw thrown;
      const { code, message, hint } = thrown;
      await jobs.failItem(item, { code, message, hint });
      this.parts.log.warn(
        { event: "ingest.refused", job: job.id, correlation_id: job.correlationId, code, ...sourceFields(source) },
        "a document was refused",
      );
      return null;
    }
  }

  async #reembed(job: Job): Promise<void> {
    const { store, jobs, collections, telemetry, log } = this.parts;
    const id = job.collectionId as string;
    const source = await collections.models.catalog.fingerprint(id);
    if (!source)
      throw new StudioError(
        "collection-model-missing",
        "The model of this collection is not on this server.",
        "Upload it again, or promote another version.",
      );
    let { chunks } = job;
    for (;;) {
      if (!(await this.#goesOn(job))) return;
      if (!(await collections.wanted(id))) {
        await store.collections.settle(id);
        await jobs.finish(job.id, "cancelled");
        return;
      }
      const missing = await store.missing(id, ROUND);
      if (missing.length === 0) {
        if (!(await collections.finish(id))) {
          if (!(await store.collections.complete(id))) continue; // A document came meanwhile.
          await store.collections.settle(id);
        }
        await jobs.finish(job.id, "done");
        return;
      }
      await collections.models.use(source, (embedder) =>
        telemetry.span(
          "ingestion.batch",
          {
            [ATTRIBUTE.observationType]: "embedding",
            ...modelAttributes(embedder.identity),
            [ATTRIBUTE.jobId]: job.id,
            [ATTRIBUTE.chunks]: missing.length,
            [ATTRIBUTE.dimension]: embedder.identity.dimension,
            [ATTRIBUTE.collection]: id,
            [ATTRIBUTE.promptHash]: embedder.identity.promptHash.document,
          },
          async (span) => {
            const texts = missing.map(({ text }) => text);
            const { vectors, tokens } = await embedder.embed(texts, "document", {
              lane: "background",
              signal: this.#stopping.signal,
              cut: true,
            });
            span.setAttribute(ATTRIBUTE.usage, JSON.stringify({ input: tokens, total: tokens }));
            log.debug(
              {
                event: "reembed.batch",
                job: job.id,
                correlation_id: job.correlationId,
                ...modelFields(embedder.identity),
                chunks: vectors.length,
              },
              "batch embedded",
            );
            await store.addVectors(
              id,
              missing.map((chunk, i) => ({ ...chunk, embedding: vectors[i] as Float32Array })),
            );
          },
        ),
      );
      chunks += missing.length;
      await jobs.progress(job.id, { chunks, chunksTotal: Math.max(chunks, job.chunksTotal ?? 0) });
    }
  }
}

const documentOf = ({ documentId, payload }: JobItem, hash: string) => {
  const { title, mediaType, source, text, metadata } = payload as NonNullable<JobItem["payload"]>;
  return { id: documentId, contentHash: hash, title, mediaType, source, text, metadata };
};

const noCollection = () =>
  new StudioError(
    "no-model",
    "No model is loaded, so nothing can be embedded.",
    "The log and /health say why. Retry the job when a model serves.",
  );
