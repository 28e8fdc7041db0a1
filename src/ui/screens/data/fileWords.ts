import { columnUse, UNUSED_RULE } from "../../../domain/dataset/index.ts";
import type { FileView } from "../../../app/datasets/store.ts";
import { counted, whole } from "../../components/format.ts";

/** Rows beside those to learn from; false where there are none. */
export const heldWords = ({ devRows, testRows }: { devRows: number; testRows: number }): string | false => {
  if (testRows + devRows === 0) return false;
  return `and ${devRows > 0 ? `${whole(devRows)} for dev, ` : ""}${whole(testRows)} for the test`;
};

/** What a test file holds. */
export const testFileWords = ({ rows, dev }: { rows: number; dev: number }): string =>
  dev > 0 ? `${counted(rows - dev, "pair")}, and ${whole(dev)} for dev` : counted(rows, "pair");

const quoted = (columns: readonly string[]): string => columns.map((column) => `“${column}”`).join(", ");

/** What was made of the columns that no picker shows, a sentence or two each. */
export const columnLines = (file: Pick<FileView, "dialect" | "columns" | "kinds">): string[] => {
  const { teacher, kinds, unused } = columnUse(file);
  return [
    teacher.length > 0 &&
      `${quoted(teacher)}: a teacher's scores. “Learn from the teacher's scores” on Train, under Advanced, uses them.`,
    kinds.length > 0 &&
      `${quoted(kinds)}: Compare and Inspect can part the results by ${kinds.length > 1 ? "them" : "it"}.`,
    unused.length > 0 && `Not used: ${quoted(unused)}. ${UNUSED_RULE}`,
  ].filter((line) => line !== false);
};
