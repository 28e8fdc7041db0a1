export type Chunks = AsyncGenerator<Uint8Array, void, void>;

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

/** Parts as one array. */
export const concat = (parts: Uint8Array[]): Uint8Array<ArrayBuffer> => {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.byteLength;
  }
  return all;
};
