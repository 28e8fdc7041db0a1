import type { ColumnDoubt } from "../types.ts";
import type { ColumnProfile } from "./columns.ts";
import { NEGATIVE, SCORE } from "./names.ts";

/** Columns that hold texts: neither ids nor scores. Nearer ones hide the fields of objects. */
export const textColumns = (profiles: readonly ColumnProfile[]): ColumnProfile[] => {
  const texts = profiles.filter(({ texts: count, ids, name }) => count > 0 && !ids && !SCORE.test(name));
  const near = texts.filter(({ depth }) => depth === 0);
  return near.length >= 2 ? near : texts;
};

/** So many times longer than the others has to be the first column to be taken for the document. */
const LONGER = 2;

/**
 * What may be query and document where names say too little: the first column of texts asks and the longest of the
 * others answers, unless the first is by far the longest. Null with fewer than two; ids, scores and categories are
 * never taken.
 */
export const guessColumns = (
  profiles: readonly ColumnProfile[],
  choice: { query?: string; positive?: string },
): { query: string; positive: string; doubts: ColumnDoubt[] } | null => {
  const all = textColumns(profiles).filter(({ name }) => !NEGATIVE.test(name));
  const varied = all.filter(({ filled, distinct }) => filled < 10 || distinct > filled / 2);
  const texts = (varied.length >= 2 ? varied : all).filter(
    ({ column }) => column !== choice.query && column !== choice.positive,
  );
  const first = texts[0];
  if (choice.positive !== undefined) return found(choice.query ?? first?.column, choice.positive);
  if (choice.query !== undefined) return found(choice.query, longest(texts)?.column);
  const second = longest(texts.slice(1));
  const named = first && !/^column \d+$/.test(first.column); // where nothing has a name, the query usually comes first
  return named && second && first.words > LONGER * second.words
    ? found(second.column, first.column)
    : found(first?.column, second?.column);
};

const found = (query: string | undefined, positive: string | undefined) =>
  query === undefined || positive === undefined ? null : { query, positive, doubts: ["names" as const] };

const longest = (texts: readonly ColumnProfile[]): ColumnProfile | undefined =>
  texts.reduce<ColumnProfile | undefined>((best, one) => (best && best.words >= one.words ? best : one), undefined);
