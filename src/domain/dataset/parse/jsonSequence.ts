import type { Habits } from "./habits.ts";
import { badLine, type Item } from "./item.ts";
import { LiteralFault, readLiteral } from "./literal.ts";

/**
 * Records over several lines one behind the other, in a list or without one, of which some may be broken. A broken record
 * costs its own lines: reading goes on at the next line that begins a record as far in as this one.
 */
export const readSequence = (
  text: string,
  habits: Habits,
): { items: Item[]; fault: { line: number; reason: string } | null } => {
  const items: Item[] = [];
  const lines = new LineCounter(text);
  let fault: { line: number; reason: string } | null = null;
  let at = between(text, /^[\s\ufeff]*\[\s*[{[]/.test(text) ? text.indexOf("[") + 1 : 0);
  while (at < text.length) {
    const line = lines.at(at);
    let end: number;
    try {
      const read = readLiteral(text, at);
      end = read.end;
      if (!"{[".includes(text[at] ?? "")) throw new LiteralFault(at, false, "A text stands between the records.");
      const last = lines.at(end);
      habits.add(read.habits);
      items.push({
        line,
        ...(last > line ? { lines: last - line + 1 } : {}),
        value: read.value,
        text: text.slice(at, end),
      });
    } catch (thrown) {
      if (!(thrown instanceof LiteralFault)) throw thrown;
      const reason = inFile(text, thrown);
      fault ??= { line, reason };
      end = nextRecord(text, at);
      const lost = text.slice(at, end).trimEnd();
      const count = lost.split("\n").length;
      items.push({ ...badLine(line, lost, "not-json", reason), ...(count > 1 ? { lines: count } : {}) });
    }
    at = between(text, end);
  }
  return { items, fault };
};

/** The reason with the place as line and character. */
const inFile = (text: string, { at, message }: LiteralFault): string => {
  const before = text.slice(0, at);
  const line = before.split("\n").length;
  return message.replace(/character \d+/, `character ${at - before.lastIndexOf("\n")} of line ${line}`);
};

/** Steps over white space, commas and the list's end. */
const between = (text: string, at: number): number => {
  const gap = /[\s,\]\ufeff]*/y;
  gap.lastIndex = at;
  gap.test(text);
  return gap.lastIndex;
};

/** Where the next line begins a record with the same indentation; the end of the text when none does. */
const nextRecord = (text: string, at: number): number => {
  const lineStart = text.lastIndexOf("\n", at - 1) + 1;
  const indent = /^[ \t]*/.exec(text.slice(lineStart, at))?.[0] ?? "";
  const next = new RegExp(`\\n${indent}(?=[{[])`, "g");
  next.lastIndex = at;
  return next.test(text) ? next.lastIndex : text.length;
};

/** Line numbers of growing places in a text. */
class LineCounter {
  private line = 1;
  private from = 0;

  constructor(private readonly text: string) {}

  at(place: number): number {
    for (
      let next = this.text.indexOf("\n", this.from);
      next >= 0 && next < place;
      next = this.text.indexOf("\n", this.from)
    ) {
      this.line++;
      this.from = next + 1;
    }
    return this.line;
  }
}
