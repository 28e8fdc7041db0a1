import { StudioError } from "../../errors.ts";
import { hasText } from "../../text/index.ts";
import { Habits } from "./habits.ts";
import { badLine, type Item, type Reading } from "./item.ts";
import { LIMITS } from "./limits.ts";
import { textLines, type TextLine } from "./lines.ts";
import { LiteralFault, readLiterals } from "./literal.ts";
import { OpenRecord, type ReadLine } from "./openRecord.ts";

/**
 * One JSON value a line; blank lines are legal and counted. A record that breaks off is joined with the lines behind it
 * where that makes a value. NaN, Python's way of writing and the like are read and noted.
 */
export const readJsonl = (chunks: AsyncIterable<Uint8Array>): Reading => {
  const habits = new Habits();
  const open = new OpenRecord(habits);
  async function* items(): AsyncGenerator<Item[], void, void> {
    let line = 0;
    const seen = { good: 0, notJson: 0 };
    const count = (out: Item[]): Item[] => {
      for (const item of out)
        if ("code" in item) seen.notJson++;
        else seen.good++;
      return out;
    };
    for await (const batch of textLines(chunks)) {
      yield count(batch.flatMap((entry) => open.take(readLine(entry, ++line))));
      if (seen.good === 0 && seen.notJson >= LIMITS.hopelessLines) throw notJsonl(seen.notJson);
    }
    yield count(open.end());
    if (seen.good === 0 && seen.notJson > 0) throw notJsonl(seen.notJson);
  }
  return { items: items(), blankLines: () => open.blankLines, notes: () => habits.sentences() };
};

const readLine = ({ text, valid, tooLong }: TextLine, line: number): ReadLine => {
  const read = (items: Item[], cut = false): ReadLine => ({ line, text, items, cut });
  if (tooLong)
    return read([badLine(line, text, "line-too-long", `The line is longer than ${LIMITS.lineBytes / 2 ** 20} MiB.`)]);
  if (!valid) return read([notUtf8(line, text)]);
  if (!hasText(text)) return read([]);
  try {
    return read([{ line, value: JSON.parse(text) as unknown, text }]);
  } catch {
    // Read below, or named with the reason; the engine's message would quote the text.
  }
  try {
    const { values, habits } = readLiterals(text);
    return { ...read(values.map((value) => ({ line, value, text }))), habits };
  } catch (thrown) {
    if (!(thrown instanceof LiteralFault)) throw thrown;
    const record = /^[\s\ufeff]*[{[]/.test(text);
    const reason = record ? thrown.message : "The line is not JSON: it begins with neither { nor [.";
    return read([badLine(line, text, "not-json", reason)], thrown.cut && record);
  }
};

const notUtf8 = (line: number, text: string): Item =>
  badLine(line, text, "not-utf8", "The line holds bytes that are not UTF-8. Save the file as UTF-8.");

const notJsonl = (lines: number): StudioError =>
  new StudioError(
    "dataset-not-jsonl",
    lines === 1
      ? "The only line of the file is not JSON."
      : `None of the first ${lines.toLocaleString("en")} lines is JSON.`,
    'JSONL has one object a line, such as {"query": "…", "positive": "…"}. CSV, TSV and Parquet files work too.',
  );
