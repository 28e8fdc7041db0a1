import type { Problem } from "../errors.ts";

/** A question with the passage it was written for. */
export interface WrittenQuestion {
  /** Id of the passage. */
  passage: string;
  text: string;
  origin: "generated" | "weak";
  /** What answers it, where that is not the passage as a whole: weak pairs leave out what became the question. */
  positive?: string;
}

/** Why a passage gave no question although nothing went wrong. */
export type SkipReason = "nothing-to-ask" | "too-short";

/** What became of one passage. A ledger is a list of these; the last one of a passage counts. */
export type LedgerEntry = { passage: string; inputTokens: number; outputTokens: number } & (
  | { outcome: "written"; questions: string[] }
  | { outcome: "skipped"; reason: SkipReason }
  | { outcome: "failed"; problem: Problem }
);

/** What a ledger belongs to. Another key means other prompts: such a ledger is not gone on with. */
export interface LedgerHeader {
  version: 1;
  /** SHA-256 over model, seed and every prompt in order. */
  key: string;
  passages: number;
}

/** Where a run keeps what it has, so that a crash costs the passages under way alone. */
export interface Ledger {
  /** Null when there is none yet. */
  read(): Promise<{ header: LedgerHeader; entries: LedgerEntry[] } | null>;
  /** Begins anew. */
  begin(header: LedgerHeader): Promise<void>;
  append(entry: LedgerEntry): Promise<void>;
}

/** Passages by what became of them: `asked = kept + rejected + failed + skipped`, always. */
export interface PassageCounts {
  asked: number;
  /** At least one question was kept. */
  kept: number;
  /** Every question was rejected by a filter. */
  rejected: number;
  failed: number;
  skipped: number;
}

/** What a run tells while it writes. */
export type WritingEvent =
  | { type: "resumed"; done: number; total: number }
  | { type: "passage"; entry: LedgerEntry; done: number; total: number }
  /** The endpoint asked for a pause, or did not answer; nothing has to be done. */
  | { type: "waiting"; milliseconds: number; reason: string }
  /** The cap was reached; the passages that are left were not asked. */
  | { type: "capped"; done: number; total: number };

/** The filters, in the order in which they look at a question. The first that rejects it names the reason. */
export const FILTER_NAMES = [
  "empty",
  "meta-talk",
  "personal-data",
  "copied",
  "language",
  "duplicate",
  "near-duplicate",
  "generic",
  "round-trip",
] as const;
export type FilterName = (typeof FILTER_NAMES)[number];

/** A question that a filter rejected, with what a person needs to judge the filter. */
export interface RejectedQuestion extends WrittenQuestion {
  filter: FilterName;
  /** The measured value, where there is one: a share, a cosine, a rank. */
  value: number | null;
  /** Passages found in place of its own (round trip), or the question it repeats. */
  found: { passage: string; text: string }[];
  /** The reason as a sentence. */
  reason: string;
}

/**
 * The base as the filters need it: [texts, dim] row-major, each row L2-normalized.
 * Queries get the base's query prompt, documents its document prompt.
 */
export interface Embeddings {
  dim: number;
  vectors: Float32Array;
}
export type EmbedTexts = (
  texts: readonly string[],
  as: "query" | "document",
  signal?: AbortSignal,
) => Promise<Embeddings>;
