import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import type { z } from "zod";
import type { FeedbackPairs, feedbackRequestSchema, SearchHit } from "../../src/domain/api/index.ts";
import { StudioError } from "../../src/domain/errors.ts";
import { PairFold } from "../../src/domain/judged/fold.ts";
import { parseRules, verdictOf } from "../../src/domain/langfuse/rule.ts";
import type { Config } from "../config/config.ts";
import { sha256 } from "../lib/hash.ts";
import type { FeedbackStore, KeptHit } from "../vectors/index.ts";

type Said = z.output<typeof feedbackRequestSchema>;

const HOUR_MS = 3600_000;
const DAY_MS = 24 * HOUR_MS;
/** Judgements that pairs are made of at once. */
const MOST = 50_000;

const hashOf = (text: string): string => sha256(text).slice(0, 16);

/**
 * What people and agents say about results of searches. Questions are kept for it only where the operator asked for that, and
 * deleted after the days that were set; no text of them goes anywhere else.
 */
export class Feedback {
  #timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly store: FeedbackStore,
    private readonly settings: Config["feedback"],
    private readonly log: Logger,
    private readonly now: () => number = Date.now,
  ) {}

  /** What is kept, in a sentence. */
  get words(): string {
    const { keepText, keepDays } = this.settings;
    return keepText
      ? `Questions of searches are kept in the store for ${keepDays} days, so that feedback on them becomes pairs.`
      : "Questions of searches are not kept, and feedback is not taken.";
  }

  /** Deletes what is too old now and every hour, also when nothing is kept any more. */
  async start(): Promise<void> {
    await this.purge();
    this.#timer = setInterval(
      () => void this.purge().catch((thrown: unknown) => this.log.error({ err: thrown }, "old questions stay")),
      HOUR_MS,
    );
    this.#timer.unref();
  }

  async close(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
  }

  /** @returns how many searches were deleted */
  async purge(): Promise<number> {
    const deleted = await this.store.deleteBefore(new Date(this.now() - this.settings.keepDays * DAY_MS));
    if (deleted > 0) this.log.info({ event: "feedback.deleted", searches: deleted }, "old questions deleted");
    return deleted;
  }

  /** Keeps a question and what it found, where that is wanted. @returns the id of the search */
  readonly keep = async (question: string, hits: readonly SearchHit[]): Promise<string | null> => {
    if (!this.settings.keepText) return null;
    const id = `search-${randomUUID()}`;
    await this.store.keep(
      id,
      question,
      hits.map(({ documentId, chunk, text }) => ({ documentId, ordinal: chunk, hash: hashOf(text) })),
    );
    return id;
  };

  /**
   * Keeps what was said about a result.
   *
   * @throws StudioError `feedback-off`, `search-unknown`, `not-in-search`, `feedback-key-reused`
   */
  async take(said: Said): Promise<{ key: string; repeated: boolean }> {
    this.#refuseWhenOff();
    const hits = await this.store.hitsOf(said.search_id);
    if (!hits) throw searchUnknown();
    const hit = hits.find(
      ({ documentId, ordinal }) =>
        (said.chunk_id === undefined || `${documentId}#${ordinal}` === said.chunk_id) &&
        (said.document_id === undefined || documentId === said.document_id),
    );
    if (!hit) throw notInSearch();
    const { documentId, ordinal } = hit;
    const source = said.source ?? null;
    const own = `${said.search_id}/${documentId}#${ordinal}/${source ?? ""}`;
    const key = said.key ?? own;
    if (said.judgement === "withdrawn") {
      await this.store.withdraw(key);
      return { key, repeated: false };
    }
    const value = said.score ?? (said.judgement === "good" ? 1 : 0);
    const result = { searchId: said.search_id, documentId, ordinal, value, source };
    if (said.key === undefined) return { key, repeated: await this.store.put(key, result) };
    const known = await this.store.addOnce(key, result);
    if (known && (Object.keys(result) as (keyof typeof result)[]).some((field) => known[field] !== result[field]))
      throw keyReused();
    return { key, repeated: known !== null };
  }

  /** Everything that was said, as pairs. @throws StudioError `feedback-off`, `rule-unclear`, `rules-overlap` */
  async pairs(good: string, bad: string): Promise<FeedbackPairs> {
    this.#refuseWhenOff();
    const rules = parseRules(good, bad);
    const judged = await this.store.judged(MOST);
    const fold = new PairFold();
    let outdated = 0;
    for (const { key, question, text, value, createdAt, ...result } of judged) {
      const verdict = verdictOf(value, rules);
      if (!verdict) continue;
      if (text === null || hashOf(text) !== keptHash(result)) outdated++;
      else fold.add({ id: key, at: createdAt.toISOString(), query: question, documents: [text], verdicts: [verdict] });
    }
    const [first, last] = [judged[0], judged.at(-1)];
    return {
      pairs: fold.pairs().map(({ query, positives, negatives, judgedAt, sources }) => ({
        query,
        positive: positives,
        negatives,
        judged_at: judgedAt,
        source_ids: sources,
      })),
      counts: fold.counts(),
      outdated,
      provenance: {
        source: "feedback",
        from: first?.createdAt.toISOString() ?? null,
        to: last?.createdAt.toISOString() ?? null,
        ...fold.sources(),
      },
    };
  }

  #refuseWhenOff(): void {
    if (this.settings.keepText) return;
    throw new StudioError(
      "feedback-off",
      "This server keeps no questions, so feedback on searches cannot become pairs.",
      "Start it with FEEDBACK_KEEP_TEXT=true; questions of searches are then kept in its store.",
    );
  }
}

const keptHash = (result: { documentId: string; ordinal: number; hits: KeptHit[] }): string | undefined =>
  result.hits.find(({ documentId, ordinal }) => documentId === result.documentId && ordinal === result.ordinal)?.hash;

const searchUnknown = (): StudioError =>
  new StudioError(
    "search-unknown",
    "There is no such search, or it was deleted after the days for which questions are kept.",
    "Send the search_id that a search answered with.",
  );

const notInSearch = (): StudioError =>
  new StudioError(
    "not-in-search",
    "That search did not find this result.",
    "Send the documentId or chunkId of one of its hits.",
  );

const keyReused = (): StudioError =>
  new StudioError(
    "feedback-key-reused",
    "Something else was said under this key before.",
    "Use one key for one judgement, or leave it out: then the last word on a result counts.",
  );
