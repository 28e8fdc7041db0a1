import type { PairRow } from "./types.ts";

/** A row with some of its negatives, and what a teacher says of those. */
export const keepNegatives = (row: PairRow, keep: (text: string, place: number) => boolean): PairRow => {
  const { negatives, teacher } = row;
  const left = negatives.flatMap((text, place) => (keep(text, place) ? [{ text, place }] : []));
  return {
    ...row,
    negatives: left.map(({ text }) => text),
    ...(teacher && { teacher: { ...teacher, negatives: left.map(({ place }) => teacher.negatives[place] ?? null) } }),
  };
};
