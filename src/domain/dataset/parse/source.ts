import { StudioError } from "../../errors.ts";
import { LIMITS } from "./limits.ts";

export type ByteSource = AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>;
type Chunks = AsyncGenerator<Uint8Array, void, void>;

/** Chunks of a stream; stops at an abort and reports every chunk's size. Ending early cancels the source. */
export async function* readChunks(source: ByteSource, onBytes: (bytes: number) => void, signal?: AbortSignal): Chunks {
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
export const peek = async (chunks: Chunks, size: number): Promise<{ head: Uint8Array; chunks: Chunks }> => {
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
export async function* gunzip(chunks: Chunks): Chunks {
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
export async function* limited(chunks: Chunks, limit: number = LIMITS.textBytes): Chunks {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > limit) throw tooLarge(limit);
    yield chunk;
  }
}

export const tooLarge = (limit: number): StudioError =>
  new StudioError(
    "dataset-too-large",
    `The file holds more than ${Math.round(limit / 2 ** 20)} MiB of unpacked data, more than a page can hold.`,
    "Train on a sample: some 10,000 to 100,000 pairs are usually enough. Split the file and drop one part.",
  );

/** The whole stream in one array. */
export const readAll = async (chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> => {
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
