type Chunks = AsyncGenerator<Uint8Array, void, void>;

const CR = 0x0d;
const LF = 0x0a;
const QUOTE = 0x22;
/** No character in UTF-8, so that a line with it is told to be damaged. */
const DAMAGED = 0xff;

/** The encoding that a byte order mark at the beginning tells, if it is UTF-16. */
export const utf16Of = (head: Uint8Array): "utf-16le" | "utf-16be" | null =>
  head[0] === 0xff && head[1] === 0xfe ? "utf-16le" : head[0] === 0xfe && head[1] === 0xff ? "utf-16be" : null;

/** UTF-16 as UTF-8, without the mark; half characters become bytes that are not UTF-8. */
export async function* fromUtf16(chunks: Chunks, encoding: "utf-16le" | "utf-16be"): Chunks {
  const little = encoding === "utf-16le";
  let rest = new Uint8Array(0);
  let first = true;
  for await (const chunk of chunks) {
    const bytes = new Uint8Array(rest.byteLength + chunk.byteLength);
    bytes.set(rest);
    bytes.set(chunk, rest.byteLength);
    let end = bytes.byteLength & ~1;
    // The first half of a pair waits for the second.
    if (end >= 2 && isHigh(bytes, end - 2, little)) end -= 2;
    const view = new DataView(bytes.buffer, 0, end);
    yield encode(unitsOf(view, little, first ? 2 : 0));
    if (end > 0) first = false;
    rest = bytes.slice(end);
  }
  if (rest.byteLength > 0) yield Uint8Array.of(DAMAGED);
}

const isHigh = (bytes: Uint8Array, at: number, little: boolean): boolean =>
  ((bytes[little ? at + 1 : at] ?? 0) & 0xfc) === 0xd8;

const unitsOf = (view: DataView, little: boolean, from: number): string => {
  const parts: string[] = [];
  for (let at = from; at < view.byteLength;) {
    const units: number[] = [];
    for (; at < view.byteLength && units.length < 8_192; at += 2) units.push(view.getUint16(at, little));
    parts.push(String.fromCharCode(...units));
  }
  return parts.join("");
};

const LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

const encode = (text: string): Uint8Array => {
  const encoder = new TextEncoder();
  const parts = text.split(LONE).map((part) => encoder.encode(part));
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength + 1, -1));
  let at = 0;
  for (const [i, part] of parts.entries()) {
    if (i > 0) bytes[at++] = DAMAGED;
    bytes.set(part, at);
    at += part.byteLength;
  }
  return bytes;
};

/** Whether lines end with CR alone, as old programs on the Mac write them; line feeds may then stand in quoted cells. */
export const endsWithCr = (head: Uint8Array): boolean => {
  let quoted = false;
  let cr = false;
  for (const [i, byte] of head.entries()) {
    if (byte === QUOTE) quoted = !quoted;
    if (quoted) continue;
    if (byte === LF) return false;
    if (byte === CR && i + 1 < head.byteLength) {
      if (head[i + 1] === LF) return false;
      cr = true;
    }
  }
  return cr;
};

/** CR as line ends. */
export async function* fromCr(chunks: Chunks): Chunks {
  for await (const chunk of chunks) yield chunk.map((byte) => (byte === CR ? LF : byte));
}
