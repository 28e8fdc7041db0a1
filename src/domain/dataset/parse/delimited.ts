import { declaredDelimiter, guessDelimiter } from "./delimiter.ts";
import { looksLikeHeader } from "./header.ts";
import { badLine, type Item, type Reading } from "./item.ts";
import { textLines, type TextLine } from "./lines.ts";
import { TableRecords, type TableRecord } from "./tableRecords.ts";

/** Lines that are looked at before the separator is decided. */
const SAMPLE = 500;

/**
 * CSV and TSV, streamed, with RFC 4180 quoting where it makes sense. A record's value is an object by column name, its
 * line the one in the file where it begins. A file without a header gets the columns `column 1`, `column 2`, …
 */
export const readDelimited = (
  chunks: AsyncIterable<Uint8Array>,
  format: "csv" | "tsv",
  headerless?: boolean,
): Reading => {
  const table = new Table(format, headerless);
  async function* items(): AsyncGenerator<Item[], void, void> {
    for await (const lines of textLines(chunks)) yield table.take(lines);
    yield table.end();
  }
  return { items: items(), blankLines: () => table.blankLines };
};

class Table {
  blankLines = 0;
  private columns: string[] | null = null;
  private records: TableRecords | null = null;
  private waiting: TextLine[] = [];
  private line = 0;

  constructor(
    private readonly format: "csv" | "tsv",
    private readonly headerless?: boolean,
  ) {}

  take(lines: TextLine[]): Item[] {
    if (this.records !== null) return this.read(lines, this.records);
    this.waiting.push(...lines);
    return this.waiting.length < SAMPLE ? [] : this.begin();
  }

  end(): Item[] {
    const out = this.records === null ? this.begin() : [];
    return [...out, ...this.itemsOf(this.records?.end() ?? [])];
  }

  private begin(): Item[] {
    const lines = this.waiting;
    this.waiting = [];
    const declared = declaredDelimiter(lines[0]?.text ?? "");
    if (declared !== null) {
      lines.shift();
      this.line++;
    }
    const texts = lines.map(({ text }) => text);
    this.records = new TableRecords(declared ?? guessDelimiter(texts, this.format));
    return this.read(lines, this.records);
  }

  private read(lines: TextLine[], records: TableRecords): Item[] {
    return lines.flatMap((line) => this.itemsOf(records.take({ ...line, line: ++this.line })));
  }

  private itemsOf(records: TableRecord[]): Item[] {
    const items: Item[] = [];
    for (const record of records) {
      if (!record.fault && record.cells.every((cell) => cell.trim() === "")) {
        this.blankLines += record.lines;
        continue;
      }
      if (this.columns === null) {
        const header = this.headerless === undefined ? looksLikeHeader(record.cells) : !this.headerless;
        this.columns = columnNames(record.cells, header);
        if (header) continue;
      }
      items.push(toItem(record, this.columns));
    }
    return items;
  }
}

/** Names without repetition, so that no column hides another. */
const columnNames = (cells: string[], header: boolean): string[] => {
  const names: string[] = [];
  for (const [at, cell] of cells.entries()) {
    const name = header && cell.trim() !== "" ? cell.trim() : `column ${at + 1}`;
    names.push(names.includes(name) ? `${name} (${at + 1})` : name);
  }
  return names;
};

const toItem = ({ line, lines, text, cells, fault }: TableRecord, columns: string[]): Item => {
  const more = lines > 1 ? { lines } : {};
  if (fault) return { ...badLine(line, text, fault.code, fault.reason), ...more };
  return { line, ...more, value: Object.fromEntries(columns.map((name, at) => [name, cells[at] ?? null])), text };
};
