import { KIND_RULE } from "./parse/kinds.ts";
import { OWN_COLUMNS } from "./parse/row.ts";
import type { ParsedDataset } from "./types.ts";

/** What became of the columns beside query, document, hard negatives and score. */
export interface ColumnUse {
  /** Those of a teacher's scores. */
  teacher: string[];
  /** Those by which results can be parted. */
  kinds: string[];
  unused: string[];
}

/** What was made of a file's columns. */
export const columnUse = ({
  dialect,
  columns = [],
  kinds = [],
}: Pick<ParsedDataset, "dialect" | "columns" | "kinds">): ColumnUse => {
  const { query, queryInput, positive, negative, score, teacher } = dialect;
  const taught = [teacher?.positive, teacher?.negative].filter((column) => column !== undefined);
  const taken = [query, queryInput, positive, ...negative, score?.column, ...taught, ...kinds, ...OWN_COLUMNS];
  return { teacher: taught, kinds: [...kinds], unused: columns.filter((column) => !taken.includes(column)) };
};

/** Why a column that is not used does not part the results, in a sentence. */
export const UNUSED_RULE = `Results are parted by a column ${KIND_RULE}.`;
