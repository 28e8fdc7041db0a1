import { peek, type Chunks } from "./peek.ts";

/** Bytes that are looked at from the chunk with the first one beyond ASCII. */
const WINDOW = 64 * 1024;
/** Letters beyond ASCII are few in the languages that Windows-1252 is for; in other encodings nearly all of a text's bytes are. */
const MOST_HIGH = 0.3;
/** So many bytes beyond ASCII in a row are a word in another encoding. */
const RUN = 4;

/** What 0x80 … 0x9f stand for; 0 where Windows-1252 has nothing. Source: WHATWG Encoding Standard, index windows-1252. */
const HIGH = [
  0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0, 0,
  0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178,
];

/** The character of a byte; 0 where there is none. */
const codeOf = (byte: number): number => (byte >= 0x80 && byte < 0xa0 ? (HIGH[byte - 0x80] ?? 0) : byte);

/**
 * Text in UTF-8, or in Windows-1252 where its first bytes beyond ASCII are not UTF-8 and make a plausible text; `onFound` is told
 * of the latter. Everything else passes unchanged, so that a damaged line stays one.
 */
export async function* fromWindows1252(chunks: Chunks, onFound: () => void): Chunks {
  try {
    for (;;) {
      const { done, value } = await chunks.next();
      if (done) return;
      if (value.every((byte) => byte < 0x80)) {
        yield value;
        continue;
      }
      const { head, chunks: rest } = await peek(startingWith(value, chunks), WINDOW);
      if (!isWindows1252(head, head.byteLength < WINDOW)) return yield* rest;
      onFound();
      for await (const chunk of rest) yield toUtf8(chunk);
      return;
    }
  } finally {
    await chunks.return();
  }
}

/** A note for a person. */
export const READ_AS_1252 = "Read as Windows-1252, since it is not UTF-8.";

/** A whole text in Windows-1252; null where its bytes make no plausible one, or are UTF-8. */
export const windows1252Text = (bytes: Uint8Array): string | null =>
  isWindows1252(bytes, true) ? new TextDecoder().decode(toUtf8(bytes)) : null;

async function* startingWith(first: Uint8Array, chunks: Chunks): Chunks {
  yield first;
  yield* chunks;
}

const isWindows1252 = (bytes: Uint8Array, complete: boolean): boolean => {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return false; // the mark of UTF-8
  const { whole, broken } = sequences(bytes, complete);
  return broken > whole && isPlausible(bytes);
};

/** Characters of several bytes in UTF-8, and bytes that belong to none. */
const sequences = (bytes: Uint8Array, complete: boolean): { whole: number; broken: number } => {
  let whole = 0;
  let broken = 0;
  for (let at = 0; at < bytes.byteLength; at++) {
    const lead = bytes[at] ?? 0;
    if (lead < 0x80) continue;
    const more = lead >= 0xc2 && lead < 0xe0 ? 1 : (lead & 0xf0) === 0xe0 ? 2 : lead >= 0xf0 && lead < 0xf5 ? 3 : 0;
    let follow = 0;
    while (follow < more && ((bytes[at + follow + 1] ?? 0) & 0xc0) === 0x80) follow++;
    if (more > 0 && follow === more) {
      whole++;
      at += more;
    } else if (complete || more === 0 || at + follow + 1 < bytes.byteLength) broken++;
  }
  return { whole, broken };
};

const isPlausible = (bytes: Uint8Array): boolean => {
  let letters = 0;
  let high = 0;
  let run = 0;
  for (const byte of bytes) {
    if (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d && byte !== 0x0c) return false;
    run = byte >= 0x80 ? run + 1 : 0;
    const code = codeOf(byte);
    if (code === 0 || run >= RUN) return false;
    if (!/\p{L}/u.test(String.fromCharCode(code))) continue;
    letters++;
    if (byte >= 0x80) high++;
  }
  return high <= MOST_HIGH * letters;
};

const encoder = new TextEncoder();

/** A byte that stands for nothing becomes one that is not UTF-8, so that its line is told to be damaged. */
const toUtf8 = (bytes: Uint8Array): Uint8Array => {
  const out = new Uint8Array(bytes.byteLength * 3);
  let at = 0;
  for (const byte of bytes) {
    if (byte < 0x80) out[at++] = byte;
    else if (codeOf(byte) === 0) out[at++] = 0xff;
    else at += encoder.encodeInto(String.fromCharCode(codeOf(byte)), out.subarray(at)).written;
  }
  return out.subarray(0, at);
};
