import { LiteralFault, readLiteral } from "./literal.ts";
import { asTexts, isObject } from "./texts.ts";

const LIST = /^\s*(array\(\s*)?\[\s*(["'{\]]|[ub]["'])/i;
const STRUCT = /^\s*\{\s*["'][^"']*["']\s*:/;
/** Excel cuts a cell here, and a list in it loses its end. */
const EXCEL_CELL = 32_767;

/** What stands in a column of a record; `a.b` names a field of an object, or of each object of a list, unless a column is called so. */
export const cell = (fields: Record<string, unknown>, column: string): unknown => {
  if (Object.hasOwn(fields, column)) return fields[column];
  const dot = column.indexOf(".");
  if (dot < 0) return undefined;
  const inner = fields[column.slice(0, dot)];
  const rest = column.slice(dot + 1);
  if (Array.isArray(inner)) return inner.map((entry) => (isObject(entry) ? cell(entry, rest) : undefined));
  return isObject(inner) ? cell(inner, rest) : undefined;
};

/**
 * The texts in a cell, or null when it holds something else. A cell of a table may hold a list or a struct of texts,
 * written as JSON or by Python: `["a", "b"]`, `['a', "b's"]`, `{'text': ['a']}`.
 *
 * @throws LiteralFault for what is surely a list and cannot be read
 */
export const cellTexts = (value: unknown): string[] | null => {
  if (typeof value !== "string") return asTexts(value);
  const list = LIST.test(value);
  if (!list && !STRUCT.test(value)) return [value];
  return unpacked(value, list) ?? [value];
};

const unpacked = (text: string, list: boolean): string[] | null => {
  try {
    return asTexts(JSON.parse(text));
  } catch {
    return asPython(text, list);
  }
};

const asPython = (text: string, list: boolean): string[] | null => {
  try {
    const { value, end } = readLiteral(text);
    return text.slice(end).trim() === "" ? asTexts(value) : null;
  } catch (thrown) {
    if (!(thrown instanceof LiteralFault)) throw thrown;
    if (list && (text.trimEnd().endsWith("]") || text.length >= EXCEL_CELL - 10)) throw thrown;
    return null;
  }
};
