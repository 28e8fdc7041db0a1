import { StudioError } from "../../../src/domain/errors.ts";
import { readDocx } from "./docx.ts";
import { readHtml } from "./html.ts";
import { readPdf } from "./pdf.ts";
import { readMarkdown, readPlain } from "./plain.ts";
import { MAX_CHARACTERS, type Reader } from "./refusal.ts";

export type MediaType = "text/plain" | "text/markdown" | "text/html" | "application/pdf" | typeof DOCX;
export const DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/** What is left of a file. */
export interface ExtractedText {
  title: string | null;
  text: string;
  mediaType: MediaType;
  /** What could not be read, in sentences for a person. */
  warnings: string[];
}

const TYPES: Record<string, MediaType> = {
  ".txt": "text/plain",
  ".md": "text/markdown",
  ".html": "text/html",
  ".pdf": "application/pdf",
  ".docx": DOCX,
};

const readers: Record<MediaType, Reader> = {
  "text/plain": readPlain,
  "text/markdown": readMarkdown,
  "text/html": readHtml,
  "application/pdf": readPdf,
  [DOCX]: readDocx,
};

/** A file of this size or more whose text comes to less than so many characters was not read. */
const LARGE_FILE = 20_000;
const NEXT_TO_NOTHING = 20;

const refuse = (code: string, message: string, hint: string) => new StudioError(code, message, hint);

/** The type by a file's ending. @throws StudioError `file-type-unsupported` */
export const mediaTypeOf = (name: string): MediaType => {
  const ending = /\.[a-z0-9]+$/i.exec(name)?.[0].toLowerCase() ?? "";
  const type = TYPES[ending === ".htm" ? ".html" : ending === ".markdown" ? ".md" : ending];
  if (type) return type;
  throw refuse(
    "file-type-unsupported",
    `Files that end in ${ending || "nothing"} can not be read.`,
    `Send one of ${Object.keys(TYPES).join(", ")}.`,
  );
};

/** Text without NUL, which no database takes and nobody sees. */
const withoutNul = (text: string): string => text.replaceAll("\0", "");

/**
 * The text of a file. The content decides, not the ending alone.
 * @throws StudioError `file-type-unsupported`, `file-type-mismatch`, `file-unreadable`, `file-empty`, `text-too-large`,
 *   `archive-too-large`
 */
export const extractFile = async (bytes: Uint8Array, name: string): Promise<ExtractedText> => {
  const mediaType = mediaTypeOf(name);
  const { title, text, warnings = [] } = await readers[mediaType](bytes);
  const clean = withoutNul(text)
    .replace(/\r\n?/g, "\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
  if (clean === "" || (clean.length < NEXT_TO_NOTHING && bytes.length >= LARGE_FILE))
    throw refuse(
      "file-empty",
      clean === "" ? "The file holds no text." : `Only ${clean.length} characters of the file could be read.`,
      warnings[0] ?? "A scanned document needs text recognition first.",
    );
  if (clean.length > MAX_CHARACTERS)
    throw refuse("text-too-large", "The file holds more than 2,000,000 characters.", "Split it into parts.");
  return {
    title:
      withoutNul(title ?? "")
        .trim()
        .slice(0, 500) || null,
    text: clean,
    mediaType,
    warnings,
  };
};
