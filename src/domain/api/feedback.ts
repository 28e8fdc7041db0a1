import { z } from "zod";
import { provenanceSchema } from "../dataset/provenance.ts";
import { optional } from "./primitives.ts";

/** Feedback on results of searches, and the pairs that it makes. */
export const feedbackPaths = { feedback: "/api/feedback", pairs: "/api/feedback/pairs" } as const;

/** What `GET /health` says of it. */
export const feedbackStateSchema = z.object({
  /** Whether questions are kept in the store; without them feedback is refused. */
  keepsText: z.boolean(),
  /** After so many days a question is deleted, and the feedback on it. */
  keepDays: z.int().positive(),
});
export type FeedbackState = z.infer<typeof feedbackStateSchema>;

const id = z.string().min(1).max(300);

/**
 * `POST /api/feedback`: what somebody says about a result. Once for each `key`: the same again changes nothing. Without a key the
 * last word on a result counts, by its source.
 */
export const feedbackRequestSchema = z
  .object({
    search_id: id,
    /** Of this document, its best passage in that search; `chunk_id` names a passage. */
    document_id: optional(id),
    chunk_id: optional(id),
    /** `withdrawn` takes back what was said. */
    judgement: optional(z.enum(["good", "bad", "withdrawn"])),
    /** In place of a judgement: 0 is bad, 1 is good. */
    score: optional(z.number().min(0).max(1)),
    /** Who says so: an application, an agent. */
    source: optional(z.string().trim().min(1).max(100)),
    key: optional(z.string().min(1).max(200)),
  })
  .refine(({ document_id, chunk_id }) => document_id !== undefined || chunk_id !== undefined, {
    message: "must name a result, or chunk_id must",
    path: ["document_id"],
  })
  .refine(({ judgement, score }) => (judgement === undefined) !== (score === undefined), {
    message: "must be given, or score must; not both",
    path: ["judgement"],
  });
export type FeedbackRequest = z.input<typeof feedbackRequestSchema>;

export const feedbackAnswerSchema = z.object({
  key: z.string(),
  /** Whether the same had been said before under this key. */
  repeated: z.boolean(),
});

const rule = z.string().min(1).max(100);
/** `GET /api/feedback/pairs?good=>=0.5&bad=<0.5`. */
export const feedbackPairsQuerySchema = z.object({ good: rule.default(">=0.5"), bad: rule.default("<0.5") });
export const feedbackPairsSchema = z
  .object({
    /** As a file of pairs has them: each is a line of it. */
    pairs: z.array(
      z.object({
        query: z.string(),
        positive: z.array(z.string()),
        negatives: z.array(z.string()),
        judged_at: z.string(),
        source_ids: z.array(z.string()),
      }),
    ),
    counts: z.object({
      judged: z.int(),
      pairs: z.int(),
      positives: z.int(),
      negatives: z.int(),
      conflicts: z.int(),
      onlyBad: z.int(),
    }),
    /** Judgements on passages that are gone or have another text by now; they are not used. */
    outdated: z.int(),
    provenance: provenanceSchema,
  })
  .meta({ id: "FeedbackPairs" });
export type FeedbackPairs = z.infer<typeof feedbackPairsSchema>;
