import { at } from "../../domain/present.ts";
import type { TokenizedRow } from "./examples.ts";

/** A batch as the loss sees it: sequence ids of its queries and documents, and which columns are a row's own. */
export interface BatchLayout {
  rows: readonly TokenizedRow[];
  /** The positives of all rows, then the hard negatives of each. */
  documents: number[];
  /** Of each row: the column of its positive, then those of its negatives. */
  own: number[][];
}

export const layOut = (chunks: readonly (readonly TokenizedRow[])[]): BatchLayout => {
  const rows = chunks.flat();
  let next = rows.length;
  return {
    rows,
    documents: [...rows.map(({ positive }) => positive), ...rows.flatMap(({ negatives }) => negatives)],
    own: rows.map(({ negatives }, i) => [i, ...negatives.map(() => next++)]),
  };
};

/** A value for each cell `[queries, documents]`, row by row. */
export const cells = (
  { rows, documents }: BatchLayout,
  value: (row: number, column: number) => number,
): Float32Array => {
  const out = new Float32Array(rows.length * documents.length);
  for (let i = 0; i < rows.length; i++)
    for (let j = 0; j < documents.length; j++) out[i * documents.length + j] = value(i, j);
  return out;
};

/** What the teacher says of a row's own documents, in the order of `own`; null where it says nothing. */
export const teacherScores = (layout: BatchLayout, row: number): (number | null)[] => {
  const { scores } = at(layout.rows, row);
  return at(layout.own, row).map((_, i) => scores?.[i] ?? null);
};
