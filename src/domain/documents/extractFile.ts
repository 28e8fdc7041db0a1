import { StudioError } from "../errors.ts";
import { locateHeadings, markdownHeadings, type Heading } from "./headings.ts";
import { readMarkdown, readPlain } from "./plain.ts";
import { DOCX, MAX_CHARACTERS, type MediaType, type PdfData, type Reader } from "./refusal.ts";

/** What is left of a file. */
export interface ExtractedText {
  title: string | null;
  text: string;
  mediaType: MediaType;
  /** The headings in the text; none where the form has none. */
  headings: Heading[];
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

/** Readers are large, the PDF's is 2 MB: each is loaded when the first file of its form is read. */
const readers: Record<MediaType, () => Promise<Reader>> = {
  "text/plain": async () => readPlain,
  "text/markdown": async () => readMarkdown,
  "text/html": async () => (await import("./html.ts")).readHtml,
  "application/pdf": async () => (await import("./pdf.ts")).readPdf,
  [DOCX]: async () => (await import("./docx.ts")).readDocx,
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
    `Files that end in ${ending || "nothing"} cannot be read.`,
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
export const extractFile = async (bytes: Uint8Array, name: string, pdfData: PdfData): Promise<ExtractedText> => {
  const mediaType = mediaTypeOf(name);
  const read = await readers[mediaType]();
  const { title, text, headings = [], warnings = [] } = await read(bytes, pdfData);
  const clean = withoutNul(text)
    .replace(/\r\n?/g, "\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
  if (clean === "" || (clean.length < NEXT_TO_NOTHING && bytes.length >= LARGE_FILE))
    throw refuse(
      "file-empty",
      clean === "" ? "The file holds no text." : `Only ${clean.length} characters of the file could be read.`,
      warnings[0] ??
        (mediaType === "text/plain" || mediaType === "text/markdown"
          ? "Leave it out, or write something into it."
          : "A scanned document needs text recognition first."),
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
    headings: mediaType === "text/markdown" ? markdownHeadings(clean) : locateHeadings(clean, headings),
    warnings,
  };
};
