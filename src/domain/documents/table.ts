import { cell } from "../dataset/parse/cell.ts";
import { profileColumns, type ColumnProfile } from "../dataset/parse/columns.ts";
import { isBadLine, type Item, type RawRecord } from "../dataset/parse/item.ts";
import { openReading } from "../dataset/parse/open.ts";
import { asText, isObject } from "../dataset/parse/texts.ts";
import { StudioError } from "../errors.ts";
import { hasLoneSurrogate, hasText } from "../text/index.ts";
import type { SourceFile } from "./sourceFile.ts";

/** A row that is a document. */
export interface TableRow {
  line: number;
  title: string | null;
  text: string;
}

/** Records by which the text column is found. */
const LOOKED_AT = 200;
const TEXT_NAMES = ["text", "document", "passage", "content", "contents", "body", "doc", "page_content"];
const TITLE_NAMES = ["title", "heading", "name"];
/** A column whose cells have fewer words on average is a label, not a document. */
const FEW_WORDS = 5;

/**
 * The rows of a JSONL, CSV, TSV, JSON or Parquet file with one column of text, as documents; `lost` counts the lines that are
 * none.
 *
 * @throws StudioError `table-columns-unclear` when several columns could be the text, and those of `openReading`
 */
export async function* tableRows(
  { name, file }: SourceFile,
  signal: AbortSignal | undefined,
  lost: (line: number) => void,
): AsyncGenerator<TableRow> {
  const { reading } = await openReading(file.stream(), { fileName: name, bytes: file.size, signal });
  let column: string | null | undefined;
  let held: Item[] = [];
  const take = function* (items: readonly Item[]): Generator<TableRow> {
    for (const item of items) {
      const row = isBadLine(item) ? null : rowOf(item, column ?? null);
      if (row) yield row;
      else lost(item.line);
    }
  };
  for await (const batch of reading.items) {
    if (column === undefined) {
      held.push(...batch);
      if (held.length < LOOKED_AT) continue;
      column = textColumn(held);
      yield* take(held);
      held = [];
    } else yield* take(batch);
  }
  if (column === undefined) {
    column = textColumn(held);
    yield* take(held);
  }
}

/** The column of text; null where records are texts themselves. */
const textColumn = (items: readonly Item[]): string | null => {
  const records = items.filter((item): item is RawRecord => !isBadLine(item)).slice(0, LOOKED_AT);
  if (!records.some(({ value }) => isObject(value))) return null;
  const profiles = profileColumns(records).filter(({ texts, surelyIds }) => texts > 0 && !surelyIds);
  const titles = new Set(TITLE_NAMES);
  const known = TEXT_NAMES.flatMap((wanted) => profiles.filter(({ name }) => name === wanted));
  const prose = profiles.filter(({ name, words }) => words >= FEW_WORDS && !titles.has(name));
  const [only] = known.length > 0 ? known : prose;
  if (only && (known.length > 0 ? prose.every((one) => known.includes(one)) : prose.length === 1)) return only.column;
  throw unclear(prose);
};

const rowOf = ({ line, value }: RawRecord, column: string | null): TableRow | null => {
  const fields = isObject(value) ? value : null;
  const text = column === null ? asText(value) : asText(fields && cell(fields, column));
  if (text === null || !hasText(text) || hasLoneSurrogate(text)) return null;
  const title = TITLE_NAMES.map((name) => fields?.[name]).find((found) => typeof found === "string" && hasText(found));
  return { line, title: typeof title === "string" ? title : null, text };
};

const unclear = (columns: readonly ColumnProfile[]): StudioError =>
  columns.length === 0
    ? new StudioError(
        "table-without-text",
        "The file has no column with texts.",
        'Call the column of texts "text". If these are pairs, drop the file on its own.',
      )
    : new StudioError(
        "table-columns-unclear",
        `The file has several columns with texts: ${columns.map(({ column }) => `"${column}"`).join(", ")}.`,
        'Call the one that holds the documents "text" and leave out the others. If these are pairs, drop the file on its own.',
      );
