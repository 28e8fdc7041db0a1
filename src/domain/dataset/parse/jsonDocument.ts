import { StudioError } from "../../errors.ts";
import { isEvaluator, readEvaluator } from "./evaluator.ts";
import { tableRecords } from "./forms.ts";
import { Habits } from "./habits.ts";
import { isBadLine, type Item, type Reading } from "./item.ts";
import { readSequence } from "./jsonSequence.ts";
import { LiteralFault, readLiterals } from "./literal.ts";
import { isObject } from "./texts.ts";

/**
 * JSON over the whole file: a list of records, a table in one of the forms of `tableRecords`, the object of
 * sentence-transformers' InformationRetrievalEvaluator (`queries`, `corpus`, `relevant_docs`), or records over several
 * lines one behind the other. The position counts as line; where a fault had to be stepped over, the line of the file.
 * Errors: `dataset-not-json`, `dataset-not-utf8`, `dataset-several-lists`.
 */
export const readJsonDocument = (bytes: Uint8Array): Reading => {
  const text = decode(bytes);
  const habits = new Habits();
  const strict = parse(text);
  if (strict) return { ...readValue(strict.value), notes: () => [] };
  const loose = parseLoosely(text, habits);
  if (loose) return { ...readValue(loose.value), notes: () => habits.sentences() };
  const { items, fault } = readSequence(text, habits);
  if (fault && !items.some((item) => !isBadLine(item))) throw notJson(fault);
  return { ...reading(items), notes: () => habits.sentences() };
};

const decode = (bytes: Uint8Array): string => {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new StudioError("dataset-not-utf8", "The JSON file is not UTF-8.", "Save it again as UTF-8.", { cause });
  }
};

const parse = (text: string): { value: unknown } | null => {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return null; // looked at again below, which finds a reason that quotes no text
  }
};

/** The one value of the file, if it is one as people and Python write it. */
const parseLoosely = (text: string, habits: Habits): { value: unknown } | null => {
  try {
    const { values, habits: met } = readLiterals(text);
    if (values.length > 1) return null;
    habits.add(met);
    return { value: values[0] };
  } catch (thrown) {
    if (thrown instanceof LiteralFault) return null;
    throw thrown;
  }
};

const readValue = (value: unknown): Reading => {
  if (isObject(value) && isEvaluator(value)) {
    const { items, corpus } = readEvaluator(value);
    return { ...reading(items), corpus };
  }
  if (Array.isArray(value)) return reading(value.map((entry, i) => ({ line: i + 1, value: entry as unknown })));
  return reading(tableRecords(value) ?? [{ line: 1, value }]);
};

const reading = (items: Item[]): Reading => ({
  items: (async function* () {
    yield items;
  })(),
  blankLines: () => 0,
});

const notJson = ({ line, reason }: { line: number; reason: string }): StudioError =>
  new StudioError(
    "dataset-not-json",
    `The file is neither a complete JSON value nor JSONL. From line ${line.toLocaleString("en")}: ${reason}`,
    "Check that it was copied to its end. JSONL has one object a line.",
  );
