import { and, asc, eq, lt, sql } from "drizzle-orm";
import { type Database, rowsOf } from "./database.ts";
import { chunks, feedback, searches } from "./schema.ts";

/** A passage that a search found, and a hash of its text. */
export type KeptHit = (typeof searches.$inferSelect)["hits"][number];
type Said = Pick<typeof feedback.$inferSelect, "searchId" | "documentId" | "ordinal" | "value" | "source">;

/** A judgement with its question and the passage as it stands now; null when that is gone. */
export interface JudgedResult extends Pick<
  typeof feedback.$inferSelect,
  "key" | "documentId" | "ordinal" | "value" | "createdAt"
> {
  question: string;
  hits: KeptHit[];
  text: string | null;
}

/** Searches that are kept, and what was said about their results. */
export class FeedbackStore {
  constructor(private readonly database: Database) {}

  private get db() {
    return this.database.sql;
  }

  async keep(id: string, question: string, hits: KeptHit[]): Promise<void> {
    await this.db.insert(searches).values({ id, question, hits });
  }

  /** What a kept search found; null when it is not, or no longer, kept. */
  async hitsOf(searchId: string): Promise<KeptHit[] | null> {
    const [found] = await this.db.select({ hits: searches.hits }).from(searches).where(eq(searches.id, searchId));
    return found?.hits ?? null;
  }

  /** Keeps what was said once. @returns what is kept under the key, when there was something */
  async addOnce(key: string, said: Said): Promise<Said | null> {
    const added = await this.db
      .insert(feedback)
      .values({ key, ...said })
      .onConflictDoNothing()
      .returning();
    if (added.length > 0) return null;
    const [known] = await this.db.select().from(feedback).where(eq(feedback.key, key));
    return known ?? null;
  }

  /** The last word counts. @returns whether the same was said before */
  async put(key: string, said: Said): Promise<boolean> {
    const before = await this.db
      .select({ value: feedback.value })
      .from(feedback)
      .where(and(eq(feedback.key, key), eq(feedback.value, said.value)));
    await this.db
      .insert(feedback)
      .values({ key, ...said })
      .onConflictDoUpdate({ target: feedback.key, set: { value: said.value, createdAt: sql`now()` } });
    return before.length > 0;
  }

  async withdraw(key: string): Promise<void> {
    await this.db.delete(feedback).where(eq(feedback.key, key));
  }

  /** Every judgement, oldest first, at most so many. */
  judged(most: number): Promise<JudgedResult[]> {
    return this.db
      .select({
        key: feedback.key,
        documentId: feedback.documentId,
        ordinal: feedback.ordinal,
        value: feedback.value,
        createdAt: feedback.createdAt,
        question: searches.question,
        hits: searches.hits,
        text: chunks.text,
      })
      .from(feedback)
      .innerJoin(searches, eq(searches.id, feedback.searchId))
      .leftJoin(chunks, and(eq(chunks.documentId, feedback.documentId), eq(chunks.ordinal, feedback.ordinal)))
      .orderBy(asc(feedback.createdAt), asc(feedback.key))
      .limit(most);
  }

  /** Deletes what is older, and in the embedded store the bytes of it. @returns how many searches were deleted */
  async deleteBefore(moment: Date): Promise<number> {
    const gone = await this.db.delete(searches).where(lt(searches.createdAt, moment)).returning({ id: searches.id });
    // Postgres vacuums by itself; here deleted rows would stay in the files for ever.
    if (gone.length > 0 && this.database.kind === "embedded")
      for (const table of ["searches", "feedback"]) await this.db.execute(sql.raw(`VACUUM FULL ${table}`));
    return gone.length;
  }

  /** How many searches are kept. */
  async size(): Promise<number> {
    const [row] = rowsOf(await this.db.execute(sql`SELECT count(*)::int AS size FROM searches`));
    return Number(row?.size ?? 0);
  }
}
