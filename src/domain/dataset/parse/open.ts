import { StudioError } from "../../errors.ts";
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
import { concat, peek, type Chunks } from "./peek.ts";
import { fromWindows1252, READ_AS_1252 } from "./windows1252.ts";

export type ByteSource = AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>;

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
  const { head, chunks, utf16 } = await asUtf8(await unpacked(raw, options.bytes));
  const complete = head.byteLength < HEAD_BYTES;
  if (complete && new TextDecoder().decode(head).trim() === "")
    throw emptyFile(options.readText ? "document" : "pair of query and document");
  let format = sniffFormat(head, options.fileName, complete);
  const notes: string[] = [];
  // JSON is UTF-8 by its definition; tables and plain texts come in what Excel saves in the West, too.
  const perhaps1252 = !utf16 && (format === "text" || format === "csv" || format === "tsv");
  const decoded = perhaps1252 ? fromWindows1252(chunks, () => notes.push(READ_AS_1252)) : chunks;
  const text = limited(decoded);
  if (format === "text" && options.readText) return { format, reading: noted(options.readText(text), notes) };
  if (format === "text") format = sniffDelimited(new TextDecoder().decode(head));
  return { format, reading: noted(await openFormat(format, text, options.choice), notes) };
};

/** A reading that also says what was found out about its bytes. */
const noted = (reading: Reading, notes: readonly string[]): Reading => ({
  ...reading,
  notes: () => [...notes, ...(reading.notes?.() ?? [])],
});

const unpacked = async (raw: Chunks, bytes: number | null): Promise<Head> => {
  const plain = await peek(raw, HEAD_BYTES);
  if (isGzip(plain.head)) return peek(gunzip(plain.chunks), HEAD_BYTES);
  if (bytes === null || bytes <= LIMITS.textBytes) return plain;
  await plain.chunks.return();
  throw tooLarge(LIMITS.textBytes);
};

/** The text in UTF-8 with line feeds, whatever Excel made of it. */
const asUtf8 = async (read: Head): Promise<Head & { utf16: boolean }> => {
  const utf16 = utf16Of(read.head);
  const text = utf16 ? await peek(fromUtf16(read.chunks, utf16), HEAD_BYTES) : read;
  const cr = !text.head.includes(0) && endsWithCr(text.head);
  return { ...(cr ? await peek(fromCr(text.chunks), HEAD_BYTES) : text), utf16: utf16 !== null };
};

const openFormat = async (format: FileFormat, chunks: Chunks, choice: ColumnChoice = {}): Promise<Reading> => {
  if (format === "parquet" || format === "json") {
    const bytes = await readAll(limited(chunks, LIMITS.wholeFileBytes));
    return format === "parquet" ? readParquet(bytes) : readJsonDocument(bytes);
  }
  if (format === "csv" || format === "tsv")
    return readDelimited(chunks, format, (choice.query ?? choice.positive) ? isHeaderless(choice) : undefined);
  return readJsonl(chunks);
};

/** Chunks of a stream; stops at an abort and reports every chunk's size. Ending early cancels the source. */
async function* readChunks(source: ByteSource, onBytes: (bytes: number) => void, signal?: AbortSignal): Chunks {
  signal?.throwIfAborted();
  for await (const chunk of source instanceof ReadableStream ? streamChunks(source) : source) {
    signal?.throwIfAborted();
    onBytes(chunk.byteLength);
    yield chunk;
  }
}

/** Not every browser lets a ReadableStream be iterated. */
async function* streamChunks(stream: ReadableStream<Uint8Array>): Chunks {
  const reader = stream.getReader();
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      ended = done;
      if (done) return;
      yield value;
    }
  } finally {
    if (!ended) await reader.cancel();
  }
}

/** The unpacked bytes of a gzip file. */
async function* gunzip(chunks: Chunks): Chunks {
  const packed = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value as Uint8Array<ArrayBuffer>);
    },
    async cancel() {
      await chunks.return();
    },
  });
  try {
    yield* streamChunks(packed.pipeThrough(new DecompressionStream("gzip")));
  } catch (cause) {
    if (cause instanceof StudioError || (cause instanceof DOMException && cause.name === "AbortError")) throw cause;
    throw new StudioError(
      "dataset-gzip-damaged",
      "The packed file ends too early or is damaged.",
      "Copy or download the .gz file again, or unpack it yourself and drop the unpacked file.",
      { cause },
    );
  }
}

/** Refuses what does not fit into the memory of a page, before it is held. */
async function* limited(chunks: Chunks, limit: number = LIMITS.textBytes): Chunks {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > limit) throw tooLarge(limit);
    yield chunk;
  }
}

const tooLarge = (limit: number): StudioError =>
  new StudioError(
    "dataset-too-large",
    `The file holds more than ${Math.round(limit / 2 ** 20)} MiB of unpacked data, more than a page can hold.`,
    "Train on a sample: some 10,000 to 100,000 pairs are usually enough. Split the file and drop one part.",
  );

/** The whole stream in one array. */
const readAll = async (chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> => {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return concat(parts);
};
