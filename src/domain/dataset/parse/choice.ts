import type { Dialect } from "../types.ts";

/** Columns that the person named; the others are recognized. */
export interface ColumnChoice extends Partial<Omit<Dialect, "name" | "guessed" | "doubts" | "teacher">> {
  /** The column to look for scores in, while it is open what they mean. */
  scoreColumn?: string;
}

/** What a file was read by, to read it again or another beside it. An open score stays open. */
export const choiceOf = ({ query, queryInput, positive, negative, score }: Dialect): ColumnChoice => ({
  query,
  positive,
  negative,
  ...(queryInput === undefined ? {} : { queryInput }),
  ...(score === undefined ? {} : { score }),
});

/** Every column that is named. */
export const chosenColumns = ({
  query,
  positive,
  queryInput,
  negative = [],
  score,
  scoreColumn,
}: ColumnChoice): string[] =>
  [query, positive, queryInput, ...negative, score?.column, scoreColumn].filter((column) => column !== undefined);

/** The part of a choice that a file with these columns can follow. */
export const ownColumns = (choice: ColumnChoice, columns: readonly string[]): ColumnChoice => {
  const own = (column: string | undefined): boolean => column !== undefined && columns.includes(column);
  const negative = choice.negative?.filter(own);
  return {
    ...(own(choice.query) ? { query: choice.query } : {}),
    ...(own(choice.queryInput) ? { queryInput: choice.queryInput } : {}),
    ...(own(choice.positive) ? { positive: choice.positive } : {}),
    ...(negative && negative.length === choice.negative?.length ? { negative } : {}),
    ...(choice.score === null || own(choice.score?.column) ? { score: choice.score } : {}),
    ...(own(choice.scoreColumn) ? { scoreColumn: choice.scoreColumn } : {}),
  };
};

/** Whether columns were chosen for a file without a header. */
export const isHeaderless = ({ query, positive }: ColumnChoice): boolean =>
  /^column \d+$/.test(query ?? positive ?? "");
