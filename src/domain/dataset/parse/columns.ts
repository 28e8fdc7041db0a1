import { at } from "../../present.ts";
import type { RawRecord } from "./item.ts";
import { cell, cellTexts } from "./cell.ts";
import { LiteralFault } from "./literal.ts";
import { namesId, NEGATIVE, plainName, POSITIVE, SCORE } from "./names.ts";
import { asTexts, isObject } from "./texts.ts";

/** What a column holds in the records that were looked at. */
export interface ColumnProfile {
  column: string;
  /** Its name in plain form. */
  name: string;
  /** 0 for a column of the record, more for a field of an object in it. */
  depth: number;
  /** Cells that hold something, and of these such with texts, with text that is no id, and different ones. */
  filled: number;
  texts: number;
  words: number;
  distinct: number;
  /** Every text looks like an id: a number, a UUID, a hash, an address, `doc-12`. */
  ids: boolean;
  /** As `ids`, without forms such as `q12`, which may be words. */
  surelyIds: boolean;
  /** Every text has the form of an id; of few records that says little. */
  idForm: boolean;
  /** Answers that are marked as parts of a text. */
  spans: boolean;
}

const DEPTH = 3;
const COLUMNS = 200;
/** So many texts have to look like ids before a column is taken for one. */
const FEW = 5;

const SURE_ID =
  /^(\d+|[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}|(?=[a-f]*\d)[0-9a-f]{6,64}|https?:\/\/\S+|\d{4}-\d\d-\d\d(T\S+)?)$/i;
const LIKELY_ID = /^[A-Za-z]{0,12}[-_:#/]?\d+([-_:.]\d+)*$/;

/**
 * Every column in order of appearance. Arrays have positions as names; of objects without a text the fields count, of
 * texts with scores beside them (`passages.is_selected`) the scores too.
 */
export const columnsOf = (records: readonly RawRecord[]): string[] => {
  const columns = new Set<string>();
  const add = (value: object, prefix: string, depth: number): void => {
    for (const [name, inner] of Object.entries(value)) {
      if (columns.size >= COLUMNS) return;
      if (isObject(inner) && asTexts(inner) === null && depth < DEPTH) add(inner, `${prefix}${name}.`, depth + 1);
      else {
        columns.add(prefix + name);
        if (POSITIVE.test(plainName(name)) || NEGATIVE.test(plainName(name))) continue;
        for (const score of scoresBeside(inner)) columns.add(`${prefix}${name}.${score}`);
      }
    }
  };
  for (const { value } of records) if (typeof value === "object" && value !== null) add(value, "", 1);
  return [...columns];
};

/** Names of scores in a list of documents, or in a struct of lists. */
const scoresBeside = (value: unknown): string[] => {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  if (!isObject(first)) return [];
  const isScore = (score: unknown): boolean => ["number", "boolean"].includes(typeof score);
  const entries = Object.entries(first).filter(([name]) => SCORE.test(plainName(name)));
  return entries.flatMap(([name, score]) =>
    (Array.isArray(value) ? isScore(score) : Array.isArray(score) && score.every(isScore)) ? [name] : [],
  );
};

export const profileColumns = (records: readonly RawRecord[]): ColumnProfile[] =>
  columnsOf(records).map((column) => profile(records, column));

const profile = (records: readonly RawRecord[], column: string): ColumnProfile => {
  const seen = new Set<string>();
  const texts: string[] = [];
  let filled = 0;
  let spans = false;
  for (const { value } of records) {
    const inside = typeof value === "object" && value !== null ? cell(value as Record<string, unknown>, column) : null;
    if (inside === undefined || inside === null || inside === "") continue;
    filled++;
    spans ||= isSpan(inside);
    const found = textsIn(inside).filter((text) => text.trim() !== "");
    if (found.length > 0) texts.push(at(found, 0).trim());
    seen.add(found.length > 0 ? found.join("\n") : String(inside));
  }
  const name = plainName(column);
  const all = (pattern: RegExp): boolean => texts.length > 0 && texts.every((text) => pattern.test(text));
  const idForm = texts.length > 0 && texts.every((text) => SURE_ID.test(text) || LIKELY_ID.test(text));
  return {
    column,
    name,
    depth: column.split(".").length - 1,
    filled,
    texts: texts.length,
    words: texts.reduce((sum, text) => sum + text.split(/\s+/).length, 0) / Math.max(texts.length, 1),
    distinct: seen.size,
    ids: namesId(name) || all(SURE_ID) || (texts.length >= FEW && idForm),
    idForm,
    surelyIds: texts.length >= FEW && all(SURE_ID),
    spans,
  };
};

/** An answer that is a part of a text, as SQuAD marks it; also when a table holds it as text. */
const isSpan = (value: unknown): boolean => {
  if (typeof value === "string") return /^[[{].*['"]answer_start['"]\s*:/s.test(value);
  const one: unknown = Array.isArray(value) ? value[0] : value;
  return isObject(one) && "answer_start" in one;
};

const textsIn = (value: unknown): string[] => {
  try {
    return cellTexts(value) ?? [];
  } catch (thrown) {
    if (thrown instanceof LiteralFault) return [String(value)]; // its row will say so
    throw thrown;
  }
};
