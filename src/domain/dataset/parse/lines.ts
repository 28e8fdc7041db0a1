import { LIMITS } from "./limits.ts";

/** One physical line without its end; `valid` is false when the bytes are not UTF-8 (then the text is approximate). */
export interface TextLine {
  text: string;
  valid: boolean;
  /** The line was longer than the limit; the text is its beginning. */
  tooLong?: boolean;
}

const NEWLINE = 0x0a;

/** Decodes block by block; only a block with a fault is decoded line by line. BOMs stay in: they are the caller's. */
class Utf8 {
  private readonly strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  private readonly lenient = new TextDecoder("utf-8", { ignoreBOM: true });

  lines(block: Uint8Array): TextLine[] {
    try {
      return this.strict
        .decode(block)
        .split("\n")
        .map((text) => ({ text, valid: true }));
    } catch {
      return splitBytes(block).map((bytes) => this.line(bytes));
    }
  }

  line(bytes: Uint8Array): TextLine {
    try {
      return { text: this.strict.decode(bytes), valid: true };
    } catch {
      return { text: this.lenient.decode(bytes), valid: false };
    }
  }
}

const splitBytes = (block: Uint8Array): Uint8Array[] => {
  const lines: Uint8Array[] = [];
  let start = 0;
  for (let end = block.indexOf(NEWLINE); end >= 0; end = block.indexOf(NEWLINE, start)) {
    lines.push(block.subarray(start, end));
    start = end + 1;
  }
  lines.push(block.subarray(start));
  return lines;
};

/**
 * Physical lines of a byte stream in batches, one per chunk. UTF-8 has no newline byte inside a character, so bytes are
 * cut first and decoded after. The byte order mark of the first line and the `\r` of CRLF are removed. Memory: one chunk
 * and one line of about `LIMITS.lineBytes`.
 */
export async function* textLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<TextLine[], void, void> {
  const utf8 = new Utf8();
  let carry = new Uint8Array(0);
  let skipping = false;
  let first = true;
  const clean = (line: TextLine): TextLine => {
    if (first) line.text = line.text.replace(/^\ufeff/, "");
    first = false;
    if (line.text.endsWith("\r")) line.text = line.text.slice(0, -1);
    if (line.text.length > LIMITS.lineBytes)
      return { ...line, text: line.text.slice(0, 4 * LIMITS.badLineText), tooLong: true };
    return line;
  };
  const overlong = (bytes: Uint8Array): TextLine => ({
    ...utf8.line(bytes.subarray(0, 4 * LIMITS.badLineText)),
    tooLong: true,
  });

  for await (const chunk of chunks) {
    let start = 0;
    if (skipping) {
      const end = chunk.indexOf(NEWLINE);
      if (end < 0) continue;
      skipping = false;
      start = end + 1;
    }
    const last = chunk.lastIndexOf(NEWLINE);
    if (last < start) {
      carry = join(carry, chunk.subarray(start));
      if (carry.byteLength > LIMITS.lineBytes) {
        yield [clean(overlong(carry))];
        carry = new Uint8Array(0);
        skipping = true;
      }
      continue;
    }
    const block = join(carry, chunk.subarray(start, last));
    carry = chunk.slice(last + 1);
    yield utf8.lines(block).map(clean);
  }
  if (!skipping && (carry.byteLength > 0 || first)) yield [clean(utf8.line(carry))];
}

const join = (a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> => {
  const both = new Uint8Array(a.byteLength + b.byteLength);
  both.set(a);
  both.set(b, a.byteLength);
  return both;
};
