import { isEvaluator } from "./evaluator.ts";
import { tableRecords } from "./forms.ts";
import { readLiterals } from "./literal.ts";
import { isObject } from "./texts.ts";

/** A document that begins like this holds more than one record: a list of them, or columns, rows, an evaluator's object. */
const DOCUMENT = /^(\{\s*"[^"]*"\s*:\s*[{[]|\[\s*[{[]|\{[^[{]{0,2000}"(data|rows|records|examples)"\s*:\s*\[)/;

/**
 * Whether text that begins with a bracket is JSONL or JSON over the whole file. A damaged first line of JSONL must not
 * turn it into a document.
 */
export const sniffJson = (text: string, complete: boolean): "json" | "jsonl" => {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  const whole = complete ? lines : lines.slice(0, -1);
  const first = whole[0]?.trim();
  if (first === undefined) return DOCUMENT.test(text) ? "json" : "jsonl";
  if (first === "[" || first === "{") return "json";
  const values = valuesOf(first);
  if (values !== null) return values.some(isDocument) && (complete ? whole.length === 1 : false) ? "json" : "jsonl";
  // The first line is no value: it breaks off, or is damaged.
  if (/^\[\s*[{[]/.test(first) || /[[{]$/.test(first)) return "json";
  return whole.slice(1, 50).some((line) => /^[{[]/.test(line) && valuesOf(line)?.every(isRecord)) ? "jsonl" : "json";
};

const valuesOf = (line: string): unknown[] | null => {
  try {
    return readLiterals(line).values;
  } catch {
    return null;
  }
};

/** A JSON value that holds the whole data set. */
const isDocument = (value: unknown): boolean => {
  if (isObject(value) && isEvaluator(value)) return true;
  try {
    return tableRecords(value) !== null;
  } catch {
    return true; // refused by its reader with the reason
  }
};

const isRecord = (value: unknown): boolean => typeof value === "object" && value !== null;
