import { z } from "zod";
import { MEASURED_ON } from "../dataset/origin.ts";
import { CUTOFFS, type RetrievalEvaluation } from "../evaluation/types.ts";
import { retentionScoresSchema } from "../retention/index.ts";

/** Metrics kept for each query, so that two versions with one test split can be compared pair by pair later. */
const PER_QUERY_METRICS = [...CUTOFFS.map((k) => `recall@${k}` as const), "mrr@10", "ndcg@10"] as const;

const values = z.array(z.number().min(0).max(1)).max(1_000_000);
const side = z.record(z.string(), values);

/** Queries of a test that are alike in length, or in the words that they share with their answers. Columns of the data set stay out: their values are texts. */
export interface TestKind {
  name: string;
  /** Places of its queries in the test. */
  queries: number[];
}

/** `evaluation.json`: numbers only, no text. Row i of every array is query i of the split's test task. */
export const evaluationRecordSchema = z.object({
  splitHash: z.string(),
  /** Connected component of each query, for clustered intervals; empty when it is not known. */
  components: z.array(z.int().nonnegative()),
  baseline: side,
  tuned: side,
  /** Places of the queries of each kind, by length and by words shared with the answer; absent in older records. */
  kinds: z
    .array(z.object({ name: z.string().max(100), queries: z.array(z.int().nonnegative()).min(1) }))
    .max(20)
    .optional(),
  /** Absent where the test's questions are people's own. */
  measuredOn: z.enum(MEASURED_ON).optional(),
  /** Of the general set; absent where it was not scored. */
  general: retentionScoresSchema.optional(),
});
export type EvaluationRecord = z.infer<typeof evaluationRecordSchema>;

const perQuery = ({ perQuery }: RetrievalEvaluation): Record<string, number[]> => {
  const ordered = perQuery.toSorted((a, b) => a.query - b.query);
  return Object.fromEntries(PER_QUERY_METRICS.map((metric) => [metric, ordered.map(({ metrics }) => metrics[metric])]));
};

/** The record of a run's test scores. */
export const evaluationRecord = (evaluation: {
  baseline: RetrievalEvaluation;
  tuned: RetrievalEvaluation;
  components: number[];
  kinds?: TestKind[] | undefined;
}): EvaluationRecord => ({
  splitHash: evaluation.tuned.splitHash,
  components: evaluation.components,
  baseline: perQuery(evaluation.baseline),
  tuned: perQuery(evaluation.tuned),
  ...(evaluation.kinds && evaluation.kinds.length > 0 && { kinds: evaluation.kinds }),
  ...(evaluation.tuned.measuredOn && { measuredOn: evaluation.tuned.measuredOn }),
});
