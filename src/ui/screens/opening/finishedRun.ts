import { z } from "zod";

const hitSchema = z.object({
  /** The first result, as the model found it. */
  text: z.string().min(1),
  /** Where the right document stood: 1-based, null beyond the first 100. */
  rank: z.number().int().positive().nullable(),
});

/** What the opening shows of the finished run that comes with the studio; its numbers are those of that run. */
export const finishedRunSchema = z.object({
  dataset: z.string(),
  base: z.string(),
  /** Questions of the test. */
  questions: z.number().int().positive(),
  /** Recall@10 on the test, 0…1. */
  recall: z.object({ baseline: z.number(), tuned: z.number(), bm25: z.number() }),
  question: z.string().min(1),
  before: hitSchema,
  after: hitSchema,
  /** Address of its page. */
  href: z.string().startsWith("/"),
});
export type FinishedRun = z.infer<typeof finishedRunSchema>;

/** Where a shipped run describes itself; without this file the opening shows no example. */
export const FINISHED_RUN = "/finished-run/opening.json";
