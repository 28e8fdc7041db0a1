import type { PairRow, TrainingExample } from "./types.ts";

/** One example for every positive of a row, with all its negatives. */
export const examplesOfRow = ({ query, positives, negatives, teacher }: PairRow): TrainingExample[] =>
  positives.map((positive, i) => ({
    query,
    positive,
    negatives,
    ...(teacher && {
      scores: [teacher.positives[i] ?? null, ...negatives.map((_, place) => teacher.negatives[place] ?? null)],
    }),
  }));
