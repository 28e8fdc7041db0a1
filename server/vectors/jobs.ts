import { randomUUID } from "node:crypto";
import { and, desc, eq, inArray, type SQL, sql } from "drizzle-orm";
import type { Problem } from "../../src/domain/errors.ts";
import { at } from "../../src/domain/present.ts";
import type { Database, Sql, Transaction } from "./database.ts";
import { JobItems } from "./jobItems.ts";
import { until } from "./lease.ts";
import { jobItems, jobs } from "./schema.ts";

export type Job = typeof jobs.$inferSelect;

/** States of a job that has not ended. */
const UNFINISHED = ["queued", "running"] as const;
const ENDED = ["done", "failed", "cancelled"] as const;

type Counters = Pick<Job, "total" | "done" | "unchanged" | "failed" | "chunks">;

const newId = (): string => `job-${randomUUID()}`;

/** Until the end of a transaction no other server does the same. */
const alone = (tx: Transaction, what: "rebuild" | "claim") =>
  tx.execute(sql`SELECT pg_advisory_xact_lock(hashtext(${`recall-studio ${what}`}))`);

const unfinished = (db: Sql | Transaction, collectionId: string): Promise<Job[]> =>
  db
    .select()
    .from(jobs)
    .where(and(eq(jobs.kind, "re-embed"), eq(jobs.collectionId, collectionId), inArray(jobs.state, UNFINISHED)))
    .limit(1);

/**
 * Jobs and what is left to do of them, in the same database as the documents: a job is taken up by whichever server has
 * room, under a lease that runs out when that server dies.
 */
export class JobStore {
  readonly items: JobItems;
  /** This server, as the jobs it took up name it. */
  readonly #holder = randomUUID();

  constructor(private readonly database: Database) {
    this.items = new JobItems(database, this.#holder);
  }

  private get db() {
    return this.database.sql;
  }

  /** A job that is not taken up until `submit`; one that is never submitted is removed when its lease has run out. */
  async create(
    job: Pick<Job, "kind" | "correlationId" | "traceparent" | "collectionId">,
    leaseSeconds: number,
  ): Promise<string> {
    const id = newId();
    await this.db.insert(jobs).values({ ...job, id, state: "receiving", leasedUntil: until(leaseSeconds) });
    return id;
  }

  /** Hands a received job to the workers. */
  async submit(id: string, values: Partial<Counters> & { label: string; chunksTotal?: number }): Promise<Job> {
    const submitted = await this.db
      .update(jobs)
      .set({ ...values, state: "queued", leasedUntil: null, updatedAt: new Date() })
      .where(eq(jobs.id, id))
      .returning();
    return at(submitted, 0);
  }

  /** Removes a job that was not submitted, with its items. */
  async discard(id: string): Promise<void> {
    await this.db.delete(jobs).where(eq(jobs.id, id));
  }

  /** Removes requests that were cut off while they arrived. @returns how many */
  async sweep(): Promise<number> {
    const gone = await this.db
      .delete(jobs)
      .where(and(eq(jobs.state, "receiving"), sql`${jobs.leasedUntil} < now()`))
      .returning({ id: jobs.id });
    return gone.length;
  }

  /** Gives up all leases: right where no other server can hold one, as with the embedded store. */
  async recover(): Promise<void> {
    await this.db.update(jobs).set({ state: "queued", leasedUntil: null }).where(eq(jobs.state, "running"));
    await this.db.delete(jobs).where(eq(jobs.state, "receiving"));
  }

  /**
   * The unfinished re-embedding into a collection, or a new one: never two, however many servers ask at once.
   * @param describe  asked only for a new one
   */
  async rebuild(
    collectionId: string,
    job: Pick<Job, "correlationId" | "traceparent">,
    describe: () => Promise<{ label: string; chunksTotal: number }>,
  ): Promise<{ job: Job; created: boolean }> {
    const running = await this.rebuilding(collectionId);
    if (running) return { job: running, created: false };
    const values = await describe();
    return this.db.transaction(async (tx) => {
      await alone(tx, "rebuild");
      const [other] = await unfinished(tx, collectionId);
      if (other) return { job: other, created: false };
      const made = await tx
        .insert(jobs)
        .values({ ...job, ...values, id: newId(), kind: "re-embed", collectionId, state: "queued" })
        .returning();
      return { job: at(made, 0), created: true };
    });
  }

  /** Takes the oldest job that waits, or whose worker died; of those into one collection no second while one runs. */
  async claim(kind: Job["kind"], leaseSeconds: number): Promise<Job | null> {
    if (kind === "ingest") return this.#claim(this.db, kind, leaseSeconds);
    return this.db.transaction(async (tx) => {
      await alone(tx, "claim");
      return this.#claim(tx, kind, leaseSeconds);
    });
  }

  async #claim(db: Sql | Transaction, kind: Job["kind"], leaseSeconds: number): Promise<Job | null> {
    const [job] = await db
      .update(jobs)
      .set({
        state: "running",
        holder: this.#holder,
        leasedUntil: until(leaseSeconds),
        startedAt: sql`coalesce(${jobs.startedAt}, now())`,
        updatedAt: new Date(),
      })
      .where(
        eq(
          jobs.id,
          sql`(SELECT id FROM jobs w WHERE kind = ${kind} AND (state = 'queued' AND (leased_until IS NULL OR leased_until < now())
              OR state = 'running' AND leased_until < now())
            AND NOT (kind = 're-embed' AND EXISTS (SELECT FROM jobs o WHERE o.kind = w.kind AND o.collection_id = w.collection_id
              AND o.id <> w.id AND o.state = 'running' AND o.leased_until >= now()))
            ORDER BY created_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)`,
        ),
      )
      .returning();
    return job ?? null;
  }

  /** A job that is under way here. */
  #mine(id: string): SQL | undefined {
    return and(eq(jobs.id, id), eq(jobs.state, "running"), eq(jobs.holder, this.#holder));
  }

  /** Prolongs a lease. @returns false when the job was cancelled or taken by another */
  async renew(id: string, leaseSeconds: number): Promise<boolean> {
    const rows = await this.db
      .update(jobs)
      .set({ leasedUntil: until(leaseSeconds) })
      .where(this.#mine(id))
      .returning({ id: jobs.id });
    return rows.length > 0;
  }

  async progress(id: string, values: Partial<Pick<Job, "chunks" | "chunksTotal" | "done" | "total">>): Promise<void> {
    await this.db
      .update(jobs)
      .set({ ...values, updatedAt: new Date() })
      .where(and(eq(jobs.id, id), eq(jobs.holder, this.#holder)));
  }

  /** Ends a running job; one that was cancelled meanwhile stays cancelled. */
  async finish(id: string, state: "done" | "failed" | "cancelled", error: Problem | null = null): Promise<void> {
    await this.db
      .update(jobs)
      .set({
        state,
        error,
        leasedUntil: null,
        finishedAt: new Date(),
        updatedAt: new Date(),
        ...(state === "done" ? { chunksTotal: sql`${jobs.chunks}` } : {}),
      })
      .where(this.#mine(id));
  }

  /** Gives a job back, to be taken up again after `seconds`. */
  async requeue(id: string, seconds = 0): Promise<void> {
    await this.db
      .update(jobs)
      .set({ state: "queued", leasedUntil: seconds > 0 ? until(seconds) : null, updatedAt: new Date() })
      .where(this.#mine(id));
  }

  /** @returns the job, null when there is none; an ended job is returned as it is */
  async cancel(id: string): Promise<Job | null> {
    await this.db
      .update(jobs)
      .set({ state: "cancelled", leasedUntil: null, finishedAt: new Date(), updatedAt: new Date() })
      .where(and(eq(jobs.id, id), inArray(jobs.state, UNFINISHED)));
    return this.get(id);
  }

  /** Queues what failed, or what a cancelled job left, again. Items without a text (unreadable files) stay failed. */
  async retry(id: string): Promise<Job | null> {
    await this.db.transaction(async (tx) => {
      const again = await tx
        .update(jobItems)
        .set({ state: "queued", error: null })
        .where(and(eq(jobItems.jobId, id), eq(jobItems.state, "failed"), sql`${jobItems.payload} IS NOT NULL`))
        .returning({ id: jobItems.documentId });
      await tx
        .update(jobs)
        .set({
          state: "queued",
          failed: sql`${jobs.failed} - ${again.length}`,
          error: null,
          chunksTotal: null,
          leasedUntil: null,
          startedAt: null,
          finishedAt: null,
          updatedAt: new Date(),
        })
        .where(and(eq(jobs.id, id), inArray(jobs.state, ENDED)));
    });
    return this.get(id);
  }

  /** Whether a retry has anything to do: documents that were left, or failed with their text at hand (unread files have none). */
  async retryable({ id, kind, state }: Job): Promise<boolean> {
    if (!ENDED.some((each) => each === state)) return false;
    if (kind === "re-embed") return state !== "done";
    const left = await this.db
      .select({ id: jobItems.documentId })
      .from(jobItems)
      .where(
        and(
          eq(jobItems.jobId, id),
          sql`(${jobItems.state} = 'queued' OR (${jobItems.state} = 'failed' AND ${jobItems.payload} IS NOT NULL))`,
        ),
      )
      .limit(1);
    return left.length > 0;
  }

  async get(id: string): Promise<Job | null> {
    const [job] = await this.db.select().from(jobs).where(eq(jobs.id, id));
    return job ?? null;
  }

  /** Newest first; requests that still arrive are not jobs yet. */
  async list(limit: number): Promise<Job[]> {
    return this.db
      .select()
      .from(jobs)
      .where(sql`${jobs.state} <> 'receiving'`)
      .orderBy(desc(jobs.createdAt), desc(jobs.id))
      .limit(limit);
  }

  /** The unfinished re-embedding into a collection. */
  async rebuilding(collectionId: string): Promise<Job | null> {
    return (await unfinished(this.db, collectionId))[0] ?? null;
  }
}
