import type { Habits } from "./habits.ts";
import type { Item } from "./item.ts";
import { LiteralFault, readLiterals, type Habit } from "./literal.ts";

/** One line after it was looked at: its records, a reason why it is none, or nothing. */
export interface ReadLine {
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
export class OpenRecord {
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
