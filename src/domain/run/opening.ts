import { z } from "zod";
import type { RetrievalEvaluation, RetrievalTask } from "../evaluation/types.ts";
import { at, present } from "../present.ts";

const hitSchema = z.object({
  /** The first result, as the model found it. */
  text: z.string().min(1),
  /** Where the right document stood: 1-based, null beyond what was ranked. */
  rank: z.number().int().positive().nullable(),
});

/** What the opening shows of the finished run that comes with the studio; its numbers are those of that run. */
export const openingSchema = z.object({
  dataset: z.string(),
  base: z.string(),
  /** Questions of the test. */
  questions: z.number().int().positive(),
  /** Recall@10 on the test, 0…1. */
  recall: z.object({ baseline: z.number(), tuned: z.number(), bm25: z.number() }),
  question: z.string().min(1),
  before: hitSchema,
  after: hitSchema,
});
export type Opening = z.infer<typeof openingSchema>;

/** The sides of a finished run. */
interface Sides {
  baseline: RetrievalEvaluation;
  tuned: RetrievalEvaluation;
  bm25: RetrievalEvaluation;
}

/**
 * One question that shows what tuning does: the tuned model finds its document first, the base had another one first, and among
 * those the one where the base had the right document farthest down (the first such of the test, where several are equal).
 * @returns null when there is no such question
 */
export const openingOf = (
  { dataset, base }: Pick<Opening, "dataset" | "base">,
  task: RetrievalTask,
  { baseline, tuned, bm25 }: Sides,
): Opening | null => {
  const gained = task.queries
    .map((query, i) => ({ query, before: at(baseline.perQuery, i), after: at(tuned.perQuery, i) }))
    .filter(({ before, after }) => after.bestRank === 1 && before.bestRank !== 1 && before.top.length > 0);
  const depth = ({ before }: (typeof gained)[number]): number => before.bestRank ?? Infinity;
  const [shown] = gained.toSorted((a, b) => (depth(a) === depth(b) ? 0 : depth(b) - depth(a)));
  if (!shown) return null;
  const first = ({ top, bestRank }: (typeof shown)["before"]) => ({
    text: present(task.corpus[at(top, 0)], `document ${at(top, 0)}`),
    rank: bestRank,
  });
  const recall = ({ metrics }: RetrievalEvaluation): number => metrics["recall@10"];
  return {
    dataset,
    base,
    questions: task.queries.length,
    recall: { baseline: recall(baseline), tuned: recall(tuned), bm25: recall(bm25) },
    question: shown.query.text,
    before: first(shown.before),
    after: first(shown.after),
  };
};
