import { StudioError } from "../../errors.ts";
import { hasText } from "../../text/index.ts";
import { Habits } from "./habits.ts";
import { badLine, type Item, type Reading } from "./item.ts";
import { LIMITS } from "./limits.ts";
import { textLines, type TextLine } from "./lines.ts";
import { LiteralFault, readLiterals, type Habit } from "./literal.ts";

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

/** One line after it was looked at: its records, a reason why it is none, or nothing. */
interface ReadLine {
  line: number;
  text: string;
  items: Item[];
  /** The record breaks off at the end of the line and may go on in the next one. */
  cut: boolean;
  /** What was met in it that JSON does not allow. */
  habits?: ReadonlySet<Habit>;
}

/** A record over more lines than this is none; the lines are then bad one by one. */
const LINES = 200;
const CHARACTERS = 256 * 1024;
const TRIES = 20;

/** Holds a record that breaks off at a line's end until the lines behind it complete it, or cannot. */
class OpenRecord {
  blankLines = 0;
  private held: ReadLine[] = [];
  private characters = 0;
  private tries = 0;

  constructor(private readonly habits: Habits) {}

  /** What is certain after this line. */
  take(line: ReadLine): Item[] {
    if (this.held.length === 0) return line.cut ? this.hold(line) : this.release([line]);
    // A record that begins where lines begin shows that the open one has ended without being whole.
    const out = /^[{[]/.test(line.text) ? this.giveUp() : [];
    if (out.length > 0) return [...out, ...this.take(line)];
    this.hold(line);
    const whole = /[}\]]\s*,?\s*$/.test(line.text) && this.tries++ < TRIES ? this.joined() : null;
    if (whole !== null) return whole;
    return this.held.length >= LINES || this.characters > CHARACTERS ? this.overflow() : [];
  }

  end(): Item[] {
    return this.giveUp();
  }

  private hold(line: ReadLine): Item[] {
    this.held.push(line);
    this.characters += line.text.length;
    return [];
  }

  private joined(): Item[] | null {
    const [first] = this.held as [ReadLine, ...ReadLine[]];
    const text = this.held.map((line) => line.text).join("\n");
    try {
      const { values, habits } = readLiterals(text);
      this.habits.add(habits);
      const items = values.map((value) => ({ line: first.line, lines: this.held.length, value, text }));
      this.clear();
      return items;
    } catch (thrown) {
      if (thrown instanceof LiteralFault) return null;
      throw thrown;
    }
  }

  /** The first line is bad alone; the others are looked at again, for one of them may begin a record. */
  private overflow(): Item[] {
    const [first, ...rest] = this.held as [ReadLine, ...ReadLine[]];
    this.clear();
    return [...this.release([first]), ...rest.flatMap((line) => this.take(line))];
  }

  private giveUp(): Item[] {
    const held = this.held;
    this.clear();
    return this.release(held);
  }

  private clear(): void {
    this.held = [];
    this.characters = 0;
    this.tries = 0;
  }

  private release(lines: ReadLine[]): Item[] {
    for (const { habits } of lines) if (habits) this.habits.add(habits);
    this.blankLines += lines.filter(({ items }) => items.length === 0).length;
    return lines.flatMap(({ items }) => items);
  }
}
