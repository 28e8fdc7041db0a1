import type { BadLine } from "../types.ts";
import { LIMITS } from "./limits.ts";

/** A record as it stands in the file, before its columns are understood. */
export interface RawRecord {
  line: number;
  /** Lines of the file that it takes, where it is more than one. */
  lines?: number;
  value: unknown;
  /** The raw text where the format has one; otherwise the value is written as JSON when it has to be shown. */
  text?: string;
}

/** What a reader yields: records, and lines that are not even records. */
export type Item = RawRecord | BadLine;

export const isBadLine = (item: Item): item is BadLine => "code" in item;

/** A reader's result; `items` is read once. Batches keep the cost of async iteration away from single lines. */
export interface Reading {
  items: AsyncIterable<Item[]>;
  /** Valid after `items` has ended. */
  blankLines(): number;
  /** Documents of a `queries/corpus/relevant_docs` object. */
  corpus?: string[];
  /** What was read although it is not quite the format, in sentences; valid after `items` has ended. */
  notes?(): string[];
}

/** A bad line; the text is cut so that a report stays small. */
export const badLine = (line: number, text: string, code: string, reason: string): BadLine => ({
  line,
  text: text.length > LIMITS.badLineText ? `${text.slice(0, LIMITS.badLineText)}…` : text,
  code,
  reason,
});

/** The text of a record for the report. */
export const recordText = (record: RawRecord): string => record.text ?? JSON.stringify(record.value) ?? "";
