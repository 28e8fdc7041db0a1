import { StudioError, toProblem, type Problem } from "../../src/domain/errors.ts";
import { ATTRIBUTE } from "../../src/domain/telemetry/attributes.ts";
import { sourceAttributes, sourceFields } from "../serving/facts.ts";
import type { ModelSource } from "../serving/modelSource.ts";
import type { Job } from "../vectors/index.ts";
import { ingestJob } from "./ingestJob.ts";
import type { JobParts } from "./jobWork.ts";
import { reembedJob } from "./reembedJob.ts";

export interface RunnerParts extends JobParts {
  /** A worker that does not renew for this long counts as dead. */
  leaseSeconds?: number;
}

/** Attempts at a job whose surroundings fail (database, model), with growing pauses. */
const ATTEMPTS = 5;

type Kind = Job["kind"];

/**
 * Takes jobs up and does them, ingestion and re-embedding side by side. A job's state is in the database and each
 * document is stored in one transaction with the note that it is done, so a crash at any point loses and doubles nothing.
 */
export class JobRunner {
  /** Called after each job, whatever became of it. */
  onEnd: () => Promise<void> = async () => undefined;
  readonly #stopping = new AbortController();
  readonly #wakers = new Map<Kind, () => void>();
  readonly #attempts = new Map<string, number>();
  /** Jobs under way here. */
  readonly #working = new Map<string, AbortController>();
  #loops: Promise<void>[] = [];

  constructor(private readonly parts: RunnerParts) {}

  start(): void {
    this.#loops = (["ingest", "re-embed"] as const).map((kind) => this.#loop(kind));
  }

  /** Looks for work now rather than at the next turn. */
  wake(): void {
    for (const waker of this.#wakers.values()) waker();
  }

  /** Lets go of a job that was cancelled, without waiting for the passages at hand. */
  drop(id: string): void {
    this.#working.get(id)?.abort();
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
        log.error({ event: "jobs.unreachable", err: thrown }, "the jobs cannot be read; trying again");
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
    const parent = telemetry.resumed(job.traceparent);
    const left = new AbortController();
    this.#working.set(job.id, left);
    // Another server may take the job only when this one is dead, however long a batch takes; it may also have cancelled it.
    const renew = () =>
      jobs.renew(job.id, this.#lease).then(
        (held) => held || left.abort(),
        () => {},
      );
    const renewing = setInterval(() => void renew(), (this.#lease * 1000) / 3);
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
          await this.parts.collections.upToDate();
          const signal = AbortSignal.any([this.#stopping.signal, left.signal]);
          const run = { ...this.parts, job, signal, goesOn: () => this.#goesOn(job) };
          const embedded = await (job.kind === "ingest" ? ingestJob(run) : reembedJob(run)).catch((thrown: unknown) => {
            if (!left.signal.aborted) throw thrown;
          });
          const now = await jobs.get(job.id);
          span.setAttributes({
            ...sourceAttributes(await this.#source(now)),
            [ATTRIBUTE.documents]: embedded?.documents ?? now?.done ?? 0,
            [ATTRIBUTE.chunks]: now?.chunks ?? 0,
            ...(now?.collectionId ? { [ATTRIBUTE.collection]: now.collectionId } : {}),
          });
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
          ...sourceFields(await this.#source(now), now?.collectionId),
          seconds: Math.round(performance.now() - started) / 1000,
        },
        "job ended",
      );
    } catch (thrown) {
      await this.#trouble(job, thrown);
    } finally {
      clearInterval(renewing);
      this.#working.delete(job.id);
      await this.onEnd().catch((thrown: unknown) =>
        log.warn({ event: "store.untidy", err: thrown }, "the store could not be looked after"),
      );
    }
  }

  /** The model of a job's collection, for what spans and log lines say; they must not fail for a disk that cannot say which. */
  async #source(job: Job | null): Promise<ModelSource | null> {
    const id = job?.collectionId;
    return id ? this.parts.collections.models.catalog.fingerprint(id).catch(() => null) : null;
  }

  async #trouble(job: Job, thrown: unknown): Promise<void> {
    const { jobs, log } = this.parts;
    if (thrown instanceof StudioError && thrown.code === "job-taken-over")
      return log.warn({ event: "job.taken-over", job: job.id, correlation_id: job.correlationId }, thrown.message);
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
        ...sourceFields(await this.#source(job), job.collectionId),
        code: toProblem(thrown).code,
        err: thrown,
      },
      attempt < ATTEMPTS ? "the job is tried again" : "the job failed",
    );
    if (attempt < ATTEMPTS) return jobs.requeue(job.id, 2 ** attempt / 2);
    this.#attempts.delete(job.id);
    return jobs.finish(job.id, "failed", jobProblem(thrown));
  }

  /** @returns false when the job is to be left: cancelled, taken by another, or the server stops */
  async #goesOn(job: Job): Promise<boolean> {
    if (this.#stopping.signal.aborted) {
      await this.parts.jobs.requeue(job.id);
      return false;
    }
    return this.parts.jobs.renew(job.id, this.#lease);
  }
}

/** An error as a job keeps it. */
const jobProblem = (thrown: unknown): Problem =>
  thrown instanceof StudioError
    ? toProblem(thrown)
    : { code: "job-failed", message: "The server failed at this job.", hint: "The log has the reason. Try again." };
