import { z } from "zod";
import { MEASURED_ON } from "../dataset/origin.ts";

const digest = z.string().regex(/^[0-9a-f]{8,64}$/, "must be a hex digest");
const identifier = z.string().regex(/^[A-Za-z0-9][\w./:@+-]{0,127}$/, "must be an identifier without spaces");
const share = z.number().min(0).max(1);
const queryScores = z.strictObject({
  /** 1-based rank of the best placed relevant document; null beyond the ranking. */
  rank: z.int().positive().nullable(),
  "recall@10": share,
  "mrr@10": share,
  "ndcg@10": share,
});

/**
 * `POST /api/langfuse/experiments`: an evaluation as hashes and numbers, to be shown as two Langfuse experiments (before
 * and after tuning) with one trace a query. Strict on purpose: a field for text does not exist.
 */
export const experimentSchema = z.strictObject({
  runId: identifier,
  name: identifier,
  model: z.strictObject({
    id: identifier,
    fingerprint: digest,
    /** SHA-256 of the base's weights: its fingerprint. */
    baseFingerprint: digest,
    baseRevision: identifier,
  }),
  datasetHash: digest,
  splitHash: digest,
  promptHash: digest,
  /** When the evaluation began and ended, milliseconds since 1970. */
  startedAt: z.int().positive(),
  endedAt: z.int().positive(),
  verdict: z.enum(["improved", "inconclusive", "regressed"]),
  /** What the test consists of; absent from pages of before this was said. */
  measuredOn: z.enum(MEASURED_ON).optional(),
  /** Where imported pairs came from; absent for a person's own file. Names are made identifiers. */
  imported: z
    .strictObject({
      source: z.enum(["langfuse", "feedback"]),
      dataset: identifier.nullable(),
      score: identifier.nullable(),
      /** The time that was read. */
      from: z.iso.datetime().nullable(),
      to: z.iso.datetime().nullable(),
    })
    .optional(),
  /** Run-level metrics by sentence-transformers' names. */
  baseline: z.record(z.string().regex(/^[a-z]+@\d{1,3}$/), share),
  tuned: z.record(z.string().regex(/^[a-z]+@\d{1,3}$/), share),
  queries: z
    .array(z.strictObject({ queryHash: digest, baseline: queryScores, tuned: queryScores }))
    .min(1)
    .max(20_000),
});
export type Experiment = z.infer<typeof experimentSchema>;

export const experimentReceiptSchema = z.object({
  /** False when no Langfuse is configured: the run-level figures went to the log. */
  connected: z.boolean(),
  /** The run's own trace. */
  traceId: z.string(),
  /** Where a person opens it; null without Langfuse, or while it has never answered. */
  url: z.string().nullable(),
});
export type ExperimentReceipt = z.infer<typeof experimentReceiptSchema>;

/** `GET /api/langfuse/status`, shown as a chip in the page. */
export const langfuseStatusSchema = z.object({
  connected: z.boolean(),
  url: z.string().nullable(),
  queued: z.int(),
  delivered: z.int(),
  dropped: z.int(),
  lastError: z.object({ code: z.string(), at: z.string() }).nullable(),
});
export type LangfuseStatus = z.infer<typeof langfuseStatusSchema>;
