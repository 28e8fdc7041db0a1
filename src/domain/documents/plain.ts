import { READ_AS_1252, windows1252Text } from "../dataset/parse/windows1252.ts";
import { StudioError } from "../errors.ts";
import { isPdf, isZip, mismatch, starts, type Reader } from "./refusal.ts";

/** Text of which this share is NUL is no text, or UTF-16 without a mark. */
const TOO_MANY_NULS = 0.02;

/** The encoding that a mark at the start states. */
const marked = (bytes: Uint8Array): string | null =>
  starts(bytes, 0xff, 0xfe)
    ? "utf-16le"
    : starts(bytes, 0xfe, 0xff)
      ? "utf-16be"
      : starts(bytes, 0xef, 0xbb, 0xbf)
        ? "utf-8"
        : null;

/** A declared encoding, by iconv-lite: Node's own decoder reads windows-1252 as Latin-1. Null when it is none that is known. */
const decodeAs = async (bytes: Uint8Array, encoding: string): Promise<string | null> => {
  const { default: iconv } = await import("iconv-lite");
  return iconv.encodingExists(encoding) ? iconv.decode(bytes, encoding) : null;
};

const decode = (bytes: Uint8Array, encoding: string): string | null => {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return null; // not that encoding, or none that is known
  }
};

/**
 * Bytes as text: by their mark, else as UTF-8, else by the encoding that the content declares.
 * @param declared  the encoding's name, as HTML's `<meta charset>` states it
 * @throws StudioError `file-type-mismatch`, `file-unreadable`
 */
export const decodeText = async (bytes: Uint8Array, declared: string | null = null): Promise<string> => {
  if (isPdf(bytes) || isZip(bytes)) throw mismatch("text");
  const mark = marked(bytes);
  const text = mark
    ? decode(bytes, mark)
    : (decode(bytes, "utf-8") ?? (declared ? await decodeAs(bytes, declared) : null));
  const nuls = text?.split("\0").length ?? 0;
  if (text !== null && nuls - 1 <= text.length * TOO_MANY_NULS) return text;
  throw new StudioError(
    "file-unreadable",
    declared
      ? `The file is not text in the encoding that it declares, ${declared.slice(0, 40)}.`
      : "The file is not UTF-8 text, and no mark says that it is UTF-16.",
    "Save it as UTF-8 and send it again.",
  );
};

/** A text file as it stands, or by its bytes in Windows-1252, with a warning. @throws what {@link decodeText} throws */
const decodePlain = async (bytes: Uint8Array): Promise<{ text: string; warnings?: string[] }> => {
  const western = isPdf(bytes) || isZip(bytes) || marked(bytes) ? null : windows1252Text(bytes);
  return western === null ? { text: await decodeText(bytes) } : { text: western, warnings: [READ_AS_1252] };
};

export const readPlain: Reader = async (bytes) => ({ title: null, ...(await decodePlain(bytes)) });

export const readMarkdown: Reader = async (bytes) => {
  const read = await decodePlain(bytes);
  return { title: /^#\s+(.+)$/m.exec(read.text.slice(0, 10_000))?.[1] ?? null, ...read };
};
