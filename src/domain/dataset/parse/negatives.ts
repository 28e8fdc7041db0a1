import type { ColumnDoubt } from "../types.ts";
import type { ColumnProfile } from "./columns.ts";
import { textColumns } from "./guess.ts";
import { NEGATIVE, plainName } from "./names.ts";

/** Named ones, of which those called hard go first; of records without names all texts behind the pair. */
export const negativeColumns = (
  profiles: readonly ColumnProfile[],
  { query, doubts }: { query: string; doubts: readonly ColumnDoubt[] },
): string[] => {
  const negatives = profiles.filter(({ name }) => NEGATIVE.test(name)).map(({ column }) => column);
  const hard = negatives.filter((column) => plainName(column).startsWith("hard"));
  if (hard.length > 0) return hard;
  if (negatives.length > 0) return negatives;
  const texts = textColumns(profiles).map(({ column }) => column);
  if (query === "0") return texts.slice(2);
  // A table of three texts without a header is a table of triplets.
  return doubts.includes("names") && query === "column 1" && texts.length === 3 ? texts.slice(2) : [];
};
