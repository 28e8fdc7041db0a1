import { z } from "zod";
import { sha256Schema } from "../api/primitives.ts";
import { HEADLINE_METRIC } from "../evaluation/metrics.ts";
import { bootstrapInterval } from "../evaluation/statistics/bootstrap.ts";
import type { RetrievalEvaluation } from "../evaluation/types.ts";
import { at } from "../present.ts";

/** How far the interval may reach below zero for a model to count as having kept what its base knew. */
export const RETENTION_MARGIN = 0.03;

const share = z.number().min(0).max(1);

/** What a model finds of the general set beside its base: recall@10, its change, and the change's paired bootstrap 95 % interval. */
export const retentionSchema = z.object({
  /** SHA-256 of the set's file. */
  set: sha256Schema,
  queries: z.int().positive(),
  baseline: share,
  tuned: share,
  delta: z.number(),
  interval: z.tuple([z.number(), z.number()]),
});
export type Retention = z.infer<typeof retentionSchema>;

/** Recall@10 of each question of the general set, in its order. */
export const retentionScoresSchema = z.object({
  set: sha256Schema,
  baseline: z.array(share).min(1).max(10_000),
  tuned: z.array(share).min(1).max(10_000),
});
export type RetentionScores = z.infer<typeof retentionScoresSchema>;

/** Recall@10 of each question of an evaluation, in the task's order. */
export const scoresOf = ({ perQuery }: Pick<RetrievalEvaluation, "perQuery">): number[] =>
  perQuery.toSorted((a, b) => a.query - b.query).map(({ metrics }) => metrics[HEADLINE_METRIC]);

const SEED = 42;
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The figure of these scores: paired by question, with the interval that a test's verdict has. */
export const retentionOf = ({ set, baseline, tuned }: RetentionScores): Retention => {
  if (baseline.length !== tuned.length)
    throw new RangeError(`there are ${baseline.length} scores of the base and ${tuned.length} of the tuned model`);
  const differences = tuned.map((score, query) => score - at(baseline, query));
  return {
    set,
    queries: tuned.length,
    baseline: mean(baseline),
    tuned: mean(tuned),
    delta: mean(differences),
    interval: bootstrapInterval(differences, { seed: SEED }),
  };
};

/** Non-inferiority: a loss of more than the margin is ruled out. Rounding errors of the bootstrap's sums do not decide. */
export const keepsWhatItKnew = ({ interval: [low] }: Pick<Retention, "interval">): boolean =>
  low >= -RETENTION_MARGIN - 1e-9;
