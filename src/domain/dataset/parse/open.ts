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

export type ByteSource = AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>;
type Chunks = AsyncGenerator<Uint8Array, void, void>;

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

const unpacked = async (raw: Chunks, bytes: number | null): Promise<Head> => {
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

/** The first `size` bytes (or fewer, at the end of the file) without losing them for the reader. */
const peek = async (chunks: Chunks, size: number): Promise<{ head: Uint8Array; chunks: Chunks }> => {
  const held: Uint8Array[] = [];
  for (let have = 0; have < size;) {
    const { done, value } = await chunks.next();
    if (done) break;
    held.push(value);
    have += value.byteLength;
  }
  const all = concat(held);
  async function* replay(): Chunks {
    try {
      if (all.byteLength > 0) yield all;
      yield* chunks;
    } finally {
      // `yield*` hands an early end on only once it has started.
      await chunks.return();
    }
  }
  return { head: all.subarray(0, size), chunks: replay() };
};

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

const concat = (parts: Uint8Array[]): Uint8Array<ArrayBuffer> => {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.byteLength;
  }
  return all;
};
