import { StudioError } from "../../errors.ts";
import type { Dialect, FileFormat, ParsedDataset } from "../types.ts";
import { readDelimited } from "./delimited.ts";
import { EVALUATOR_DIALECT, isHeaderless, recognizeDialect } from "./dialect.ts";
import { isBadLine, type Item, type RawRecord, type Reading } from "./item.ts";
import { readJsonDocument } from "./jsonDocument.ts";
import { readJsonl } from "./jsonl.ts";
import { LIMITS } from "./limits.ts";
import { readParquet } from "./parquet.ts";
import { toRow } from "./row.ts";
import { isGzip, sniffFormat } from "./sniff.ts";
import { gunzip, limited, peek, readChunks, tooLarge, type ByteSource } from "./source.ts";

export interface ParseOptions {
  fileName: string;
  /** Size on disk, for progress and an early refusal; null when unknown. */
  bytes: number | null;
  /** The columns the person chose; recognized from the file when absent. */
  dialect?: Dialect | null;
  onProgress?: (progress: ParseProgress) => void;
  signal?: AbortSignal;
}

export interface ParseProgress {
  /** Bytes of the file read so far (packed bytes for .gz). */
  bytes: number;
  totalBytes: number | null;
  rows: number;
  badLines: number;
}

/** Records that are looked at before the columns are decided. */
const SAMPLE = 200;
const HEAD_BYTES = 256 * 1024;

/**
 * Reads a file of pairs: JSONL, JSON, CSV, TSV or Parquet, each optionally packed with gzip. The content decides the
 * format. Every line becomes a row or a bad line with number, text and reason; only blank lines are merely counted. A
 * file whose lines are all bad is returned as such, so that they can be shown.
 * Memory: the rows, plus one chunk (JSONL, CSV) or the file (JSON, Parquet); see `LIMITS`.
 * Errors: `dataset-empty`, `dataset-not-text`, `dataset-utf16`, `dataset-not-jsonl`, `dataset-not-json`,
 * `dataset-one-column`, `dataset-too-large`, `dataset-too-many-bad-lines`, `dataset-gzip-damaged`,
 * `dataset-parquet-damaged`, `dataset-open-quote`; an abort throws the signal's reason.
 */
export const parseDataset = async (source: ByteSource, options: ParseOptions): Promise<ParsedDataset> => {
  const progress: ParseProgress = { bytes: 0, totalBytes: options.bytes, rows: 0, badLines: 0 };
  const { reading, format } = await openReading(source, options, progress);
  const result = await collect(reading, options, progress);
  return { fileName: options.fileName, bytes: progress.bytes, format, ...result };
};

/** Recognizes packing and format, and opens the reader for it; `readText` reads a file that is known to be plain text. */
export const openReading = async (
  source: ByteSource,
  options: ParseOptions,
  progress: { bytes: number },
  readText: (chunks: AsyncIterable<Uint8Array>) => Reading = readJsonl,
): Promise<{ reading: Reading; format: FileFormat }> => {
  const raw = readChunks(source, (bytes) => (progress.bytes += bytes), options.signal);
  let { head, chunks } = await peek(raw, HEAD_BYTES);
  if (isGzip(head)) ({ head, chunks } = await peek(gunzip(chunks), HEAD_BYTES));
  else if (options.bytes !== null && options.bytes > LIMITS.textBytes) {
    await chunks.return();
    throw tooLarge(LIMITS.textBytes);
  }
  const complete = head.byteLength < HEAD_BYTES;
  if (complete && new TextDecoder().decode(head).trim() === "") throw emptyFile();
  const format = sniffFormat(head, options.fileName, complete);
  const text = limited(chunks);
  if (format === "text") return { format, reading: readText(text) };
  return { format, reading: await openFormat(format, text, options.dialect ?? null) };
};

const openFormat = async (
  format: FileFormat,
  chunks: AsyncGenerator<Uint8Array, void, void>,
  dialect: Dialect | null,
): Promise<Reading> => {
  if (format === "parquet") return readParquet(chunks);
  if (format === "json") return readJsonDocument(chunks);
  if (format === "csv" || format === "tsv")
    return readDelimited(chunks, format, dialect === null ? undefined : isHeaderless(dialect));
  return readJsonl(chunks);
};

type Collected = Pick<ParsedDataset, "dialect" | "rows" | "badLines" | "blankLines" | "corpus" | "columns">;

const collect = async (reading: Reading, options: ParseOptions, progress: ParseProgress): Promise<Collected> => {
  const rows: ParsedDataset["rows"] = [];
  const badLines: ParsedDataset["badLines"] = [];
  let dialect = reading.corpus ? EVALUATOR_DIALECT : (options.dialect ?? null);
  let waiting: RawRecord[] = [];
  let columns: string[] = [];

  const keep = (item: Item): void => {
    const row = isBadLine(item) ? item : toRow(item, dialect as Dialect);
    if ("code" in row) badLines.push(row);
    else rows.push(row);
    if (badLines.length > LIMITS.badLines) throw tooManyBadLines();
    if (rows.length > LIMITS.rows) throw tooManyRows();
  };
  const decide = (): void => {
    columns = columnsOf(waiting);
    dialect ??= recognizeDialect(columns, textColumns(waiting, columns));
    if (dialect === null && waiting.some((record) => isFields(record.value))) throw oneColumn();
    dialect ??= { name: "query/positive", query: "query", positive: "positive", negative: [], guessed: true };
    waiting.forEach(keep);
    waiting = [];
  };

  let decided = false;
  for await (const batch of reading.items) {
    for (const item of batch) {
      if (decided || isBadLine(item)) keep(item);
      else if (waiting.push(item) >= SAMPLE) {
        decide();
        decided = true;
      }
    }
    progress.rows = rows.length;
    progress.badLines = badLines.length;
    options.onProgress?.({ ...progress });
  }
  if (!decided) decide();
  if (rows.length === 0 && badLines.length === 0) throw emptyFile();
  badLines.sort((a, b) => a.line - b.line);
  options.onProgress?.({ ...progress, rows: rows.length, badLines: badLines.length });
  const blankLines = reading.blankLines();
  return { dialect: dialect as unknown as Dialect, rows, badLines, blankLines, corpus: reading.corpus ?? [], columns };
};

const isFields = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/** Every column in order of appearance; arrays have their positions as names. */
const columnsOf = (records: RawRecord[]): string[] => {
  const columns = new Set<string>();
  for (const { value } of records) if (isFields(value)) Object.keys(value).forEach((name) => columns.add(name));
  return [...columns];
};

const textColumns = (records: RawRecord[], columns: string[]): string[] =>
  columns.filter((column) =>
    records.some(({ value }) => isFields(value) && typeof value[column] === "string" && value[column] !== ""),
  );

const emptyFile = (): StudioError =>
  new StudioError("dataset-empty", "The file is empty.", "Drop a file with one pair of query and document a line.");

const oneColumn = (): StudioError =>
  new StudioError(
    "dataset-one-column",
    "Only one column with text was found; a pair needs a query and a document.",
    'Give each line a query and a document, such as {"query": "…", "positive": "…"}.',
  );

const tooManyBadLines = (): StudioError =>
  new StudioError(
    "dataset-too-many-bad-lines",
    `More than ${LIMITS.badLines.toLocaleString("en")} lines cannot be read as pairs.`,
    "Check that the right columns are chosen and that the file is a list of pairs.",
  );

const tooManyRows = (): StudioError =>
  new StudioError(
    "dataset-too-many-rows",
    `The file holds more than ${LIMITS.rows.toLocaleString("en")} pairs.`,
    "Train on a sample: some 10,000 to 100,000 pairs are usually enough.",
  );
