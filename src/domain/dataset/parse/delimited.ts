import Papa from "papaparse";
import { StudioError } from "../../errors.ts";
import { badLine, type Item, type Reading } from "./item.ts";
import { LIMITS } from "./limits.ts";
import { textLines } from "./lines.ts";
import { notUtf8 } from "./jsonl.ts";
import { looksLikeHeader } from "./dialect.ts";

/** A noncharacter put behind every malformed byte, so that its record can be told from one with a real U+FFFD. */
const FAULT = "\uffff";

/**
 * CSV and TSV with RFC 4180 quoting, streamed. Records are counted without the header; a record's value is an object by
 * column name. A file without a header gets the columns `column 1`, `column 2`, …
 * Errors: `dataset-open-quote`.
 */
export const readDelimited = (
  chunks: AsyncIterable<Uint8Array>,
  format: "csv" | "tsv",
  headerless?: boolean,
): Reading => {
  let blank = 0;
  async function* items(): AsyncGenerator<Item[], void, void> {
    let columns: string[] | null = null;
    let line = 0;
    for await (const { cells, errors } of records(chunks, format)) {
      const out: Item[] = [];
      for (const [i, record] of cells.entries()) {
        if (record.length === 1 && record[0]?.trim() === "") {
          blank++;
          continue;
        }
        if (columns === null) {
          const header = headerless === undefined ? looksLikeHeader(record) : !headerless;
          columns = record.map((name, at) => (header && name.trim() !== "" ? name.trim() : `column ${at + 1}`));
          if (header) continue;
        }
        out.push(toItem(record, ++line, columns, errors.has(i)));
      }
      yield out;
    }
  }
  return { items: items(), blankLines: () => blank };
};

const toItem = (record: string[], line: number, columns: string[], malformed: boolean): Item => {
  const text = record.join("\t");
  if (text.includes(FAULT)) return notUtf8(line, text.replaceAll(FAULT, ""));
  if (malformed)
    return badLine(line, text, "malformed-record", "A quotation mark in this record is not closed or not doubled.");
  if (record.length > columns.length)
    return badLine(
      line,
      text,
      "malformed-record",
      `The record has ${record.length} fields, the file ${columns.length} columns. Put fields with separators into quotation marks.`,
    );
  return { line, value: Object.fromEntries(columns.map((name, at) => [name, record[at] ?? null])), text };
};

interface Batch {
  cells: string[][];
  /** Positions in `cells` at which the quoting is broken. */
  errors: Set<number>;
}

/** Papaparse's parser fed chunk by chunk; what is left of an incomplete record goes in front of the next chunk. */
async function* records(chunks: AsyncIterable<Uint8Array>, format: "csv" | "tsv"): AsyncGenerator<Batch, void, void> {
  let parser: Papa.Parser | null = null;
  let rest = "";
  const parse = (input: string, last: boolean): Batch => {
    parser ??= new Papa.Parser({ delimiter: format === "tsv" ? "\t" : guessDelimiter(input), newline: "\n" });
    const result = parser.parse(input, 0, !last) as Papa.ParseResult<string[]>;
    rest = last ? "" : input.slice(result.meta.cursor);
    return { cells: result.data, errors: new Set(result.errors.map((error) => error.row ?? -1)) };
  };
  for await (const lines of textLines(chunks)) {
    const block = lines
      .map(({ text, valid }) => (valid ? text : text.replaceAll("\ufffd", `\ufffd${FAULT}`)))
      .join("\n");
    rest += `${block}\n`;
    if (rest.length > LIMITS.lineBytes + block.length)
      throw new StudioError(
        "dataset-open-quote",
        "A quoted field does not end.",
        "Look for a quotation mark that is not closed near the last good record, or save the table again.",
      );
    yield parse(rest, false);
  }
  if (rest.trim() !== "") yield parse(rest, true);
}

const guessDelimiter = (input: string): string =>
  Papa.parse(input.slice(0, 64_000), { preview: 10, delimitersToGuess: [",", ";", "\t", "|"] }).meta.delimiter;
