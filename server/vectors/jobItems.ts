import { and, asc, eq, sql } from "drizzle-orm";
import { type Problem, StudioError } from "../../src/domain/errors.ts";
import type { Database, Transaction } from "./database.ts";
import { until } from "./lease.ts";
import { jobItems, jobs } from "./schema.ts";

export type JobItem = typeof jobItems.$inferSelect;
export type NewItem = Pick<JobItem, "documentId" | "position" | "name" | "payload"> & {
  error?: Problem;
  warnings?: string[];
};

/** The documents of a job, each with its state. */
export class JobItems {
  constructor(
    private readonly database: Database,
    /** The server whose work counts, for jobs that it took up. */
    private readonly holder: string,
  ) {}

  private get db() {
    return this.database.sql;
  }

  async add(jobId: string, items: readonly NewItem[], leaseSeconds: number): Promise<void> {
    if (items.length === 0) return;
    await this.db.transaction(async (tx) => {
      await tx
        .insert(jobItems)
        .values(
          items.map((item) => ({ ...item, jobId, state: item.error ? ("failed" as const) : ("queued" as const) })),
        );
      await tx
        .update(jobs)
        .set({ leasedUntil: until(leaseSeconds) })
        .where(eq(jobs.id, jobId));
    });
  }

  /** Items to do, in the order of the request. */
  async waiting(jobId: string, limit: number): Promise<JobItem[]> {
    return this.db
      .select()
      .from(jobItems)
      .where(and(eq(jobItems.jobId, jobId), eq(jobItems.state, "queued")))
      .orderBy(asc(jobItems.position))
      .limit(limit);
  }

  /**
   * Ends an item within the transaction that stored its document, so that neither happens without the other.
   * @throws StudioError `job-taken-over` when another server has the job by now: the document is its to store
   */
  async finish(
    tx: Transaction,
    item: JobItem,
    outcome: { state: "done" | "unchanged"; chunks: number } | { state: "failed"; error: Problem },
  ): Promise<void> {
    const failed = outcome.state === "failed";
    const ended = await tx
      .update(jobItems)
      // What failed keeps its text, so that it can be tried again.
      .set(failed ? { state: "failed", error: outcome.error } : { state: outcome.state, payload: null, error: null })
      .where(
        and(eq(jobItems.jobId, item.jobId), eq(jobItems.documentId, item.documentId), eq(jobItems.state, "queued")),
      )
      .returning({ id: jobItems.documentId });
    if (ended.length === 0) return; // Another worker ended it.
    const count = outcome.state;
    const counted = await tx
      .update(jobs)
      .set({
        [count]: sql`${jobs[count]} + 1`,
        ...(failed ? {} : { chunks: sql`${jobs.chunks} + ${outcome.chunks}` }),
        updatedAt: new Date(),
      })
      .where(and(eq(jobs.id, item.jobId), eq(jobs.holder, this.holder)))
      .returning({ id: jobs.id });
    if (counted.length === 0) throw takenOver();
  }

  async fail(item: JobItem, error: Problem): Promise<void> {
    await this.db.transaction((tx) => this.finish(tx, item, { state: "failed", error }));
  }

  /** What failed, in the order of the request. */
  async failures(id: string, limit = 100): Promise<Pick<JobItem, "documentId" | "name" | "error">[]> {
    return this.db
      .select({ documentId: jobItems.documentId, name: jobItems.name, error: jobItems.error })
      .from(jobItems)
      .where(and(eq(jobItems.jobId, id), eq(jobItems.state, "failed")))
      .orderBy(asc(jobItems.position))
      .limit(limit);
  }

  /** What could not be read of files that were taken all the same, in the order of the request. */
  async warnings(id: string, limit = 100): Promise<Pick<JobItem, "documentId" | "name" | "warnings">[]> {
    return this.db
      .select({ documentId: jobItems.documentId, name: jobItems.name, warnings: jobItems.warnings })
      .from(jobItems)
      .where(and(eq(jobItems.jobId, id), sql`${jobItems.warnings} IS NOT NULL`))
      .orderBy(asc(jobItems.position))
      .limit(limit);
  }
}

const takenOver = (): StudioError =>
  new StudioError(
    "job-taken-over",
    "Another server has taken this job over.",
    "It goes on there; nothing is to be done.",
  );
