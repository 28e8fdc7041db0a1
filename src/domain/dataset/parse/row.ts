import { hasLoneSurrogate, hasText } from "../../text/index.ts";
import type { BadLine, Dialect, PairRow } from "../types.ts";
import { badLine, recordText, type RawRecord } from "./item.ts";
import { asText, asTexts } from "./texts.ts";

type Fault = [code: string, reason: string];
type Fields = Record<string, unknown>;

/** A row, or the reason why the record is none. */
export const toRow = (record: RawRecord, dialect: Dialect): PairRow | BadLine => {
  const result = readRow(record.value, dialect);
  if (Array.isArray(result)) return badLine(record.line, recordText(record), ...result);
  return { line: record.line, ...result };
};

const readRow = (value: unknown, dialect: Dialect): Omit<PairRow, "line"> | Fault => {
  if (typeof value !== "object" || value === null)
    return ["not-an-object", "The line is JSON but neither an object nor a pair of texts."];
  const fields = value as Fields;
  const query = readQuery(fields, dialect.query);
  if (Array.isArray(query)) return query;
  const positives = readPositives(fields, dialect.positive);
  if ("fault" in positives) return positives.fault;
  const negatives = readNegatives(fields, dialect.negative);
  if ("fault" in negatives) return negatives.fault;
  if ([query, ...positives.texts, ...negatives.texts].some(hasLoneSurrogate))
    return ["half-surrogate", "A text holds half of a two-part character, which cannot be written as UTF-8."];
  if (isNoMatch(fields))
    return ["labelled-negative", "The label says that this document does not answer the query, so it is no pair."];
  return { query, positives: positives.texts, negatives: negatives.texts };
};

const readQuery = (fields: Fields, column: string): string | Fault => {
  const value = fields[column];
  if (value === undefined || value === null)
    return ["missing-query", `The column "${column}" of the query is missing.`];
  const text = asText(value);
  if (text === null) return ["wrong-type", `The query in "${column}" is not a text.`];
  return hasText(text) ? text : ["empty-query", "The query is empty."];
};

type Texts = { texts: string[] } | { fault: Fault };
const fault = (code: string, reason: string): Texts => ({ fault: [code, reason] });

const readPositives = (fields: Fields, column: string): Texts => {
  const value = fields[column];
  if (value === undefined || value === null)
    return fault("missing-positive", `The column "${column}" of the document is missing.`);
  const texts = asTexts(unpackList(value));
  if (texts === null) return fault("wrong-type", `The document in "${column}" is neither a text nor a list of texts.`);
  if (texts.length === 0) return fault("missing-positive", "The list of documents is empty.");
  return texts.every(hasText)
    ? { texts }
    : fault("empty-positive", "A document that should answer the query is empty.");
};

/** An absent or empty negative column is normal: rows have different numbers of them. */
const readNegatives = (fields: Fields, columns: string[]): Texts => {
  const all: string[] = [];
  for (const column of columns) {
    const value = fields[column];
    if (value === undefined || value === null || value === "") continue;
    const texts = asTexts(unpackList(value));
    if (texts === null)
      return fault("wrong-type", `The negative in "${column}" is neither a text nor a list of texts.`);
    if (!texts.every(hasText)) return fault("empty-negative", `A negative in "${column}" is empty.`);
    all.push(...texts);
  }
  return { texts: all };
};

/** A table cell may hold a list written as JSON. */
const unpackList = (value: unknown): unknown => {
  if (typeof value !== "string" || !/^\s*\["/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
};

/** `label: 0` marks a pair that does not match in data sets of the (sentence1, sentence2, label) kind. */
const isNoMatch = (fields: Fields): boolean =>
  "label" in fields && [0, "0", false, 0n].includes(fields.label as number);
