import type { Dialect, PairRow } from "../types.ts";
import { cell } from "./cell.ts";
import type { ColumnProfile } from "./columns.ts";
import { NEGATIVE_SCORES, POSITIVE_SCORES } from "./names.ts";
import { toScore } from "./score.ts";

/** Where a teacher's scores stand, by the names that such columns have. */
export const teacherColumns = (profiles: readonly ColumnProfile[]): Pick<Dialect, "teacher"> => {
  const named = (pattern: RegExp) => profiles.find(({ name, depth }) => depth === 0 && pattern.test(name))?.column;
  const [positive, negative] = [named(POSITIVE_SCORES), named(NEGATIVE_SCORES)];
  if (positive === undefined && negative === undefined) return {};
  return { teacher: { ...(positive !== undefined && { positive }), ...(negative !== undefined && { negative }) } };
};

/** A row's scores, one for each of its texts; undefined where it has none, a sentence where they are not what they should be. */
export const readTeacher = (
  fields: Record<string, unknown>,
  { teacher }: Dialect,
  texts: { positives: number; negatives: number },
): PairRow["teacher"] | string => {
  if (!teacher) return undefined;
  const positives = scoresIn(fields, teacher.positive, texts.positives);
  const negatives = scoresIn(fields, teacher.negative, texts.negatives);
  if (typeof positives === "string") return positives;
  if (typeof negatives === "string") return negatives;
  return positives.length + negatives.length === 0 ? undefined : { positives, negatives };
};

const scoresIn = (
  fields: Record<string, unknown>,
  column: string | undefined,
  texts: number,
): (number | null)[] | string => {
  const value = column === undefined ? null : unpacked(cell(fields, column));
  if (column === undefined || value === null || value === undefined || value === "") return [];
  const given: unknown[] = Array.isArray(value) ? value : [value];
  if (given.length !== texts)
    return `"${column}" holds ${given.length} ${given.length === 1 ? "score" : "scores"} for ${texts} ${texts === 1 ? "text" : "texts"}.`;
  const scores = given.map(toScore);
  return scores.some((score) => score === undefined)
    ? `A score in "${column}" is not a number.`
    : scores.map((score) => score ?? null);
};

/** A cell of a table holds a list as text. */
const unpacked = (value: unknown): unknown => {
  if (typeof value !== "string" || !/^\s*\[.*\]\s*$/s.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value; // It is no number, which its row will say.
  }
};
