import type { FileFormat } from "../types.ts";
import { readDelimited } from "./delimited.ts";
import { isHeaderless, type ColumnChoice } from "./choice.ts";
import { endsWithCr, fromCr, fromUtf16, utf16Of } from "./encoding.ts";
import type { Reading } from "./item.ts";
import { readJsonDocument } from "./jsonDocument.ts";
import { readJsonl } from "./jsonl.ts";
import { LIMITS } from "./limits.ts";
import { readParquet } from "./parquet.ts";
import { emptyFile } from "./refusals.ts";
import { isGzip, sniffDelimited, sniffFormat } from "./sniff.ts";
import { gunzip, limited, peek, readChunks, tooLarge, type ByteSource } from "./source.ts";

const HEAD_BYTES = 256 * 1024;

export interface OpenOptions {
  fileName: string;
  /** Size on disk, for an early refusal; null when unknown. */
  bytes: number | null;
  signal?: AbortSignal;
  /** Columns that the person chose; those of a file without a header say that it has none. */
  choice?: ColumnChoice;
  /** Reads a file that is known to be plain text; without it such a file is a table or JSON lines. */
  readText?: (chunks: AsyncIterable<Uint8Array>) => Reading;
}

type Head = Awaited<ReturnType<typeof peek>>;

/**
 * Recognizes packing, encoding, line ends and format, and opens the reader for it; `onBytes` hears of each chunk read.
 * Errors: `dataset-empty`, `dataset-not-text`, `dataset-too-large`, and those of the readers.
 */
export const openReading = async (
  source: ByteSource,
  options: OpenOptions,
  onBytes: (bytes: number) => void = () => undefined,
): Promise<{ reading: Reading; format: FileFormat }> => {
  const raw = readChunks(source, onBytes, options.signal);
  const { head, chunks } = await asUtf8(await unpacked(raw, options.bytes));
  const complete = head.byteLength < HEAD_BYTES;
  if (complete && new TextDecoder().decode(head).trim() === "") throw emptyFile();
  let format = sniffFormat(head, options.fileName, complete);
  const text = limited(chunks);
  if (format === "text" && options.readText) return { format, reading: options.readText(text) };
  if (format === "text") format = sniffDelimited(new TextDecoder().decode(head));
  return { format, reading: await openFormat(format, text, options.choice) };
};

const unpacked = async (raw: AsyncGenerator<Uint8Array, void, void>, bytes: number | null): Promise<Head> => {
  const plain = await peek(raw, HEAD_BYTES);
  if (isGzip(plain.head)) return peek(gunzip(plain.chunks), HEAD_BYTES);
  if (bytes === null || bytes <= LIMITS.textBytes) return plain;
  await plain.chunks.return();
  throw tooLarge(LIMITS.textBytes);
};

/** The text in UTF-8 with line feeds, whatever Excel made of it. */
const asUtf8 = async (read: Head): Promise<Head> => {
  const utf16 = utf16Of(read.head);
  const text = utf16 ? await peek(fromUtf16(read.chunks, utf16), HEAD_BYTES) : read;
  return !text.head.includes(0) && endsWithCr(text.head) ? peek(fromCr(text.chunks), HEAD_BYTES) : text;
};

const openFormat = async (
  format: FileFormat,
  chunks: AsyncGenerator<Uint8Array, void, void>,
  choice: ColumnChoice = {},
): Promise<Reading> => {
  if (format === "parquet") return readParquet(chunks);
  if (format === "json") return readJsonDocument(chunks);
  if (format === "csv" || format === "tsv")
    return readDelimited(chunks, format, (choice.query ?? choice.positive) ? isHeaderless(choice) : undefined);
  return readJsonl(chunks);
};
