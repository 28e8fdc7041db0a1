import { at } from "../../present.ts";
import { LIMITS } from "./limits.ts";
import type { TextLine } from "./lines.ts";
import { closesQuote, splitRecord, type Quoting } from "./splitRecord.ts";

/** A record of a table, or the reason why its lines are none. */
export interface TableRecord {
  line: number;
  lines: number;
  text: string;
  cells: string[];
  fault?: { code: string; reason: string };
}

type Line = TextLine & { line: number };

const UNCLOSED = "A quotation mark in this record is not closed or not doubled.";

/**
 * Joins lines to records. A quoted field may hold line breaks; where that does not come out, the first line alone is to
 * blame and reading goes on with the next one, so that a stray quotation mark costs its own line. In a tab-separated file
 * such a line is taken as it stands, for many of them know no quoting.
 */
export class TableRecords {
  private held: Line[] = [];
  private characters = 0;
  /** Fields of the first record. */
  private columns: number | null = null;

  constructor(private readonly delimiter: string) {}

  /** The records that are whole after this line. */
  take(line: Line): TableRecord[] {
    if (line.tooLong) return [...this.end(), this.tooLong(line)];
    if (this.held.length > 0) return this.goOn(line);
    const { cells, quoting } = splitRecord(line.text, this.delimiter);
    if (quoting === "whole")
      return [this.hidesFields(line, cells) ? this.unquoted(line, quoting) : this.record([line], cells)];
    if (quoting === "open") return this.hold(line);
    return [this.unquoted(line, quoting)];
  }

  /** What is left at the end of the file. */
  end(): TableRecord[] {
    const out: TableRecord[] = [];
    while (this.held.length > 0) out.push(...this.settle());
    return out;
  }

  private goOn(line: Line): TableRecord[] {
    this.hold(line);
    const state = closesQuote(line.text, this.delimiter);
    if (state === "broken" || this.characters > LIMITS.lineBytes) return this.settle();
    if (state === "open") return [];
    const { cells, quoting } = splitRecord(this.held.map(({ text }) => text).join("\n"), this.delimiter);
    if (quoting === "open") return [];
    if (quoting === "broken" || this.hidesRecords(cells)) return this.settle();
    const lines = this.held;
    this.clear();
    return [this.record(lines, cells)];
  }

  /** Whether tabs that look quoted rather part the fields. */
  private hidesFields({ text }: Line, cells: string[]): boolean {
    const { delimiter, columns } = this;
    return delimiter === "\t" && cells.length !== columns && text.split(delimiter).length === columns;
  }

  /** Whether what looks like one quoted record is rather several that know no quoting. */
  private hidesRecords(cells: string[]): boolean {
    const whole = ({ text }: Line): boolean => text.split(this.delimiter).length === this.columns;
    if (this.columns === null || this.columns < 2) return false;
    if (this.delimiter === "\t") return this.held.every(whole);
    const inside = this.held.slice(1, -1);
    return cells.length > this.columns && inside.length > 1 && inside.every(whole);
  }

  /** The first line stands alone; the others are looked at again. */
  private settle(): TableRecord[] {
    const [first, ...rest] = this.held as [Line, ...Line[]];
    this.clear();
    return [this.unquoted(first, "open"), ...rest.flatMap((line) => this.take(line))];
  }

  /** A line whose quoting makes no sense, read without: taken when its fields come out. */
  private unquoted(line: Line, quoting: Quoting): TableRecord {
    const cells = line.text.split(this.delimiter);
    const columns = this.columns ?? cells.length;
    const tabs = this.delimiter === "\t" && cells.length > 1 && cells.length <= columns;
    // `"Chain" is what they call it` is a text with a quoted word; an odd mark may be half of a longer field.
    const balanced = quoting === "broken" && cells.length === columns && (line.text.split('"').length - 1) % 2 === 0;
    const record = this.record([line], cells);
    return tabs || balanced ? record : { ...record, fault: { code: "malformed-record", reason: UNCLOSED } };
  }

  private record(lines: Line[], found: string[]): TableRecord {
    const text = lines.map((line) => line.text).join("\n");
    const cells = [...found];
    if (text.trim() !== "") this.columns ??= cells.length;
    const columns = this.columns ?? cells.length;
    while (cells.length > columns && cells.at(-1) === "") cells.pop();
    const record = { line: at(lines, 0).line, lines: lines.length, text, cells };
    if (lines.some(({ valid }) => !valid))
      return {
        ...record,
        fault: { code: "not-utf8", reason: "The line holds bytes that are not UTF-8. Save the file as UTF-8." },
      };
    if (cells.length <= columns) return record;
    const reason = `The record has ${cells.length} fields, the file ${columns} columns. Put fields with separators into quotation marks.`;
    return { ...record, fault: { code: "malformed-record", reason } };
  }

  private tooLong({ line, text }: Line): TableRecord {
    const reason = `The line is longer than ${LIMITS.lineBytes / 2 ** 20} MiB.`;
    return { line, lines: 1, text, cells: [], fault: { code: "line-too-long", reason } };
  }

  private hold(line: Line): TableRecord[] {
    this.held.push(line);
    this.characters += line.text.length + 1;
    return [];
  }

  private clear(): void {
    this.held = [];
    this.characters = 0;
  }
}
