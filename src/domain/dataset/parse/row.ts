import { at } from "../../present.ts";
import { hasLoneSurrogate, hasText } from "../../text/index.ts";
import type { BadLine, Dialect, PairRow } from "../types.ts";
import { cell, cellTexts } from "./cell.ts";
import { badLine, recordText, type RawRecord } from "./item.ts";
import { LiteralFault } from "./literal.ts";
import { readTeacher } from "./teacher.ts";

/** Why a record is no pair. */
class RowFault extends Error {
  constructor(
    readonly code: string,
    reason: string,
  ) {
    super(reason);
  }
}

type Fields = Record<string, unknown>;

/** Columns that say something of a row beside what a person would part it by. */
export const OWN_COLUMNS: readonly string[] = ["judged_at", "origin", "source_document"];

/** The column of imported pairs that says when each was judged, as an ISO 8601 instant. */
const JUDGED_AT = "judged_at";

/** Columns of pairs that were written from documents. */
const ORIGIN = "origin";
const SOURCE_DOCUMENT = "source_document";

/** What imported and generated pairs say about themselves beside their texts. */
const aboutRow = (fields: Fields): Pick<PairRow, "judgedAt" | "origin" | "sourceDocument"> => {
  const judgedAt = momentOf(fields[JUDGED_AT]);
  const origin = fields[ORIGIN];
  const document = fields[SOURCE_DOCUMENT];
  return {
    ...(judgedAt === null ? {} : { judgedAt }),
    ...(origin === "generated" || origin === "weak" ? { origin } : {}),
    ...(typeof document === "string" && document !== "" ? { sourceDocument: document } : {}),
  };
};

const momentOf = (value: unknown): number | null => {
  const moment = typeof value === "string" ? Date.parse(value) : value instanceof Date ? value.getTime() : NaN;
  return Number.isNaN(moment) ? null : moment;
};

/** The rows of a record, more than one where it holds a list of queries; or the reason why it is none. */
export const toRows = (record: RawRecord, dialect: Dialect): PairRow[] | BadLine => {
  try {
    return readRows(record, dialect);
  } catch (thrown) {
    if (!(thrown instanceof RowFault)) throw thrown;
    return {
      ...badLine(record.line, recordText(record), thrown.code, thrown.message),
      ...(record.lines ? { lines: record.lines } : {}),
    };
  }
};

const readRows = ({ value, line }: RawRecord, dialect: Dialect): PairRow[] => {
  if (typeof value !== "object" || value === null)
    throw new RowFault("not-an-object", "The line is JSON but neither an object nor a pair of texts.");
  const fields = value as Fields;
  const queries = readQueries(fields, dialect);
  const positives = readPositives(fields, dialect.positive);
  const negatives = readNegatives(fields, dialect.negative);
  if ([...queries, ...positives, ...negatives].some(hasLoneSurrogate))
    throw new RowFault(
      "half-surrogate",
      "A text holds half of a two-part character, which cannot be written as UTF-8.",
    );
  const about = aboutRow(fields);
  if (queries.length === 1) {
    const teacher = readTeacher(fields, dialect, { positives: positives.length, negatives: negatives.length });
    if (typeof teacher === "string") throw new RowFault("wrong-scores", teacher);
    return [{ line, query: at(queries, 0), positives, negatives, ...(teacher && { teacher }), ...about }];
  }
  if (positives.length > 1 && positives.length !== queries.length)
    throw new RowFault(
      "unclear-pairs",
      `${queries.length} queries stand beside ${positives.length} documents; nothing says which belong together.`,
    );
  return queries.map((query, i) => ({
    line,
    ...(i > 0 ? { part: i } : {}),
    query,
    positives: positives.length === 1 ? positives : [at(positives, i)],
    negatives,
    ...about,
  }));
};

const readQueries = (fields: Fields, { query: column, queryInput }: Dialect): string[] => {
  const value = cell(fields, column);
  if (value === undefined) throw new RowFault("missing-query", `The column "${column}" of the query is missing.`);
  if (value === null) throw new RowFault("missing-query", `The query in "${column}" is null.`);
  const queries = textsOf(value, column);
  if (queries === null) throw new RowFault("wrong-type", `The query in "${column}" is not a text.`);
  if (queries.length === 0 || !queries.every(hasText)) throw new RowFault("empty-query", "The query is empty.");
  const input = queryInput === undefined ? null : cell(fields, queryInput);
  return typeof input === "string" && hasText(input) ? queries.map((query) => `${query}\n${input}`) : queries;
};

const readPositives = (fields: Fields, column: string): string[] => {
  const value = cell(fields, column);
  if (value === undefined) throw new RowFault("missing-positive", `The column "${column}" of the document is missing.`);
  if (value === null) throw new RowFault("missing-positive", `The document in "${column}" is null.`);
  const texts = textsOf(value, column);
  if (texts === null)
    throw new RowFault("wrong-type", `The document in "${column}" is neither a text nor a list of texts.`);
  if (texts.length === 0) throw new RowFault("missing-positive", "The list of documents is empty.");
  if (!texts.every(hasText)) throw new RowFault("empty-positive", "A document that should answer the query is empty.");
  return texts;
};

/** An absent or empty negative column is normal: rows have different numbers of them. */
const readNegatives = (fields: Fields, columns: readonly string[]): string[] =>
  columns.flatMap((column) => {
    const value = cell(fields, column);
    if (value === undefined || value === null || value === "") return [];
    const texts = textsOf(value, column);
    if (texts === null)
      throw new RowFault("wrong-type", `The negative in "${column}" is neither a text nor a list of texts.`);
    if (!texts.every(hasText)) throw new RowFault("empty-negative", `A negative in "${column}" is empty.`);
    return texts;
  });

const textsOf = (value: unknown, column: string): string[] | null => {
  try {
    return cellTexts(value);
  } catch (thrown) {
    if (!(thrown instanceof LiteralFault)) throw thrown;
    throw new RowFault("broken-list", `The list in "${column}" cannot be read. ${thrown.message}`);
  }
};
