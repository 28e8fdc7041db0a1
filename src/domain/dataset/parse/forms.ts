import { StudioError } from "../../errors.ts";
import { at } from "../../present.ts";
import { badLine, type Item } from "./item.ts";
import { isKnownName } from "./names.ts";
import { asText, isObject } from "./texts.ts";

type Json = Record<string, unknown>;

/** Names under which files keep their list of records. */
const LISTS = [
  "data",
  "rows",
  "records",
  "items",
  "examples",
  "samples",
  "pairs",
  "entries",
  "results",
  "dataset",
  "train",
  "test",
  "validation",
  "dev",
];

const isRecord = (value: unknown): boolean => typeof value === "object" && value !== null;
const records = (values: readonly unknown[]): Item[] => values.map((value, i) => ({ line: i + 1, value }));

/**
 * The records of a JSON value that holds a whole table: a list; what pandas writes (by column, by index, `split`, `table`);
 * the rows of a data set viewer; SQuAD's paragraphs; lists by column; a list under a usual name. Null for a single record.
 *
 * @throws StudioError `dataset-several-lists`
 */
export const tableRecords = (value: unknown): Item[] | null => {
  if (Array.isArray(value)) return value.some(isRecord) ? records(value) : null;
  if (!isObject(value)) return null;
  return split(value) ?? viewer(value) ?? squad(value) ?? byColumn(value) ?? wrapped(value);
};

/** pandas `orient="split"`: `{columns: [], index: [], data: [[]]}` */
const split = ({ columns, data }: Json): Item[] | null => {
  if (!Array.isArray(columns) || !Array.isArray(data) || !data.every(Array.isArray)) return null;
  const names = columns.map(String);
  return records(
    (data as unknown[][]).map((row) => Object.fromEntries(names.map((name, i) => [name, row[i] ?? null]))),
  );
};

/** `{rows: [{row: {}, truncated_cells: []}]}`; what the viewer has cut is no text to learn from. */
const viewer = ({ rows }: Json): Item[] | null => {
  if (!Array.isArray(rows) || rows.length === 0 || !rows.every((entry) => isObject(entry) && isObject(entry.row)))
    return null;
  return (rows as { row: Json; truncated_cells?: unknown }[]).map(({ row, truncated_cells: cut }, i) =>
    Array.isArray(cut) && cut.length > 0
      ? badLine(
          i + 1,
          JSON.stringify(row),
          "cut-by-viewer",
          `The data set viewer has cut ${cut.map((name) => `"${String(name)}"`).join(", ")} short; download the data set itself.`,
        )
      : { line: i + 1, value: row },
  );
};

/** SQuAD as published: `{data: [{paragraphs: [{context, qas: [{question, answers}]}]}]}` */
const squad = ({ data }: Json): Item[] | null => {
  if (
    !Array.isArray(data) ||
    data.length === 0 ||
    !data.every((entry) => isObject(entry) && Array.isArray(entry.paragraphs))
  )
    return null;
  const paragraphs = (data as { paragraphs: unknown[] }[]).flatMap((entry) => entry.paragraphs);
  return records(
    paragraphs.flatMap((entry) => {
      const { qas, context } = isObject(entry) ? entry : {};
      return (Array.isArray(qas) ? (qas as unknown[]) : [{}]).map((asked) => ({
        context,
        ...(isObject(asked) ? asked : {}),
      }));
    }),
  );
};

/** `{column: {index: value}}`, `{index: {column: value}}` or `{column: [values]}` */
const byColumn = (value: Json): Item[] | null => {
  const names = Object.keys(value);
  const columns = Object.values(value);
  if (names.length < 2 && !columns.every(isObject)) return null;
  if (columns.every(Array.isArray)) {
    const lengths = new Set((columns as unknown[][]).map(({ length }) => length));
    if (lengths.size !== 1 || names.filter(isKnownName).length < 2) return null;
    return transposed(
      names,
      columns as unknown[][],
      (columns[0] as unknown[]).map((_, i) => i),
    );
  }
  // Documents with a text of their own are the fields of one record.
  if (!columns.every(isObject) || columns.every((column) => asText(column) !== null)) return null;
  const inner = Object.keys(columns[0] as Json);
  if (inner.length === 0 || !columns.every((column) => sameKeys(column as Json, inner))) return null;
  if (isIndex(names, inner)) return records(columns);
  return transposed(names, columns as Json[], inner);
};

const transposed = (
  names: string[],
  columns: readonly (Json | unknown[])[],
  rows: readonly (string | number)[],
): Item[] =>
  records(rows.map((row) => Object.fromEntries(names.map((name, i) => [name, (columns[i] as Json)[row] ?? null]))));

const sameKeys = (value: Json, keys: string[]): boolean =>
  Object.keys(value).length === keys.length && keys.every((key) => Object.hasOwn(value, key));

/** Whether the outer names are those of rows: numbers, or names that say less than the inner ones. */
const isIndex = (outer: string[], inner: string[]): boolean => {
  const numbers = (names: string[]): boolean => names.every((name) => /^\d+$/.test(name));
  if (numbers(inner) !== numbers(outer)) return numbers(outer);
  return inner.filter(isKnownName).length > outer.filter(isKnownName).length;
};

/** A list under a usual name, or the only thing in the object. */
const wrapped = (value: Json): Item[] | null => {
  const lists = Object.keys(value).filter(
    (name) => Array.isArray(value[name]) && (value[name] as unknown[]).some(isRecord),
  );
  const named = Object.keys(value).length === 1 ? lists : lists.filter((name) => LISTS.includes(name.toLowerCase()));
  if (named.length === 0) return null;
  if (named.length > 1)
    throw new StudioError(
      "dataset-several-lists",
      `The file holds several lists of records: ${named.join(", ")}.`,
      "Save the one you mean to a file of its own; a test list can be dropped as a test file.",
    );
  return tableRecords(value[at(named, 0)]);
};
