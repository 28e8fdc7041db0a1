import { Unzip, UnzipInflate } from "fflate";
import { convert } from "html-to-text";
import mammoth from "mammoth";
import { extractText as pdfText, getDocumentProxy } from "unpdf";
import { StudioError } from "../../src/domain/errors.ts";

export type MediaType = "text/plain" | "text/markdown" | "text/html" | "application/pdf" | typeof DOCX;
export const DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/** What is left of a file. */
export interface ExtractedText {
  title: string | null;
  text: string;
  mediaType: MediaType;
}

const TYPES: Record<string, MediaType> = {
  ".txt": "text/plain",
  ".md": "text/markdown",
  ".html": "text/html",
  ".pdf": "application/pdf",
  ".docx": DOCX,
};

/** A compressed document may unpack to this much, and to so many files. */
const MAX_UNPACKED = 100 * 1024 * 1024;
const MAX_ENTRIES = 2000;
/** As the contract says of every document. */
const MAX_CHARACTERS = 2_000_000;
const MAX_PAGES = 2000;

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

/**
 * The text of a file. The content decides, not the ending alone.
 * @throws StudioError `file-type-unsupported`, `file-type-mismatch`, `file-unreadable`, `file-empty`, `text-too-large`,
 *   `archive-too-large`
 */
export const extractFile = async (bytes: Uint8Array, name: string): Promise<ExtractedText> => {
  const mediaType = mediaTypeOf(name);
  const { title, text } = await readers[mediaType](bytes);
  const clean = text
    .replace(/\r\n?/g, "\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
  if (clean === "")
    throw refuse("file-empty", "The file holds no text.", "A scanned document needs text recognition first.");
  if (clean.length > MAX_CHARACTERS)
    throw refuse("text-too-large", "The file holds more than 2,000,000 characters.", "Split it into parts.");
  return { title: title?.trim().slice(0, 500) || null, text: clean, mediaType };
};

type Read = (bytes: Uint8Array) => Promise<{ title: string | null; text: string }>;

const starts = (bytes: Uint8Array, ...magic: number[]) => magic.every((value, i) => bytes[i] === value);
const mismatch = (expected: string) =>
  refuse(
    "file-type-mismatch",
    `The file's content is not ${expected}, as its ending says.`,
    "Give it its true ending.",
  );

const plain: Read = async (bytes) => {
  if (starts(bytes, 0x25, 0x50, 0x44, 0x46) || starts(bytes, 0x50, 0x4b, 3, 4)) throw mismatch("text");
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (!text.includes("\0")) return { title: null, text };
  } catch {
    // Told below.
  }
  throw refuse("file-unreadable", "The file is not UTF-8 text.", "Save it as UTF-8 and send it again.");
};

const readers: Record<MediaType, Read> = {
  "text/plain": plain,
  "text/markdown": async (bytes) => {
    const { text } = await plain(bytes);
    return { title: /^#\s+(.+)$/m.exec(text.slice(0, 10_000))?.[1] ?? null, text };
  },
  "text/html": async (bytes) => {
    const { text } = await plain(bytes);
    const title = /<title[^>]*>([^<]{0,500})<\/title>/i.exec(text.slice(0, 100_000))?.[1];
    const options = { wordwrap: false as const, limits: { maxInputLength: 16_000_000, maxDepth: 200 } };
    const skipped = ["title", "img", "script", "style", "nav", "noscript"].map((selector) => ({
      selector,
      format: "skip",
    }));
    const links = { selector: "a", options: { ignoreHref: true } };
    const headings = ["h1", "h2", "h3", "h4", "h5", "h6", "table"].map((selector) => ({
      selector,
      options: { uppercase: false, uppercaseHeaderCells: false },
    }));
    return {
      title: title ? convert(title) : null,
      text: convert(text, { ...options, selectors: [...skipped, links, ...headings] }),
    };
  },
  "application/pdf": async (bytes) => {
    if (!starts(bytes, 0x25, 0x50, 0x44, 0x46)) throw mismatch("PDF");
    try {
      const document = await getDocumentProxy(new Uint8Array(bytes), { verbosity: 0 });
      if (document.numPages > MAX_PAGES)
        throw refuse("text-too-large", `The PDF has more than ${MAX_PAGES} pages.`, "Split it into parts.");
      const { text } = await pdfText(document, { mergePages: false });
      const { info } = (await document.getMetadata()) as { info?: { Title?: unknown } };
      return { title: typeof info?.Title === "string" ? info.Title : null, text: text.join("\n\n") };
    } catch (thrown) {
      if (thrown instanceof StudioError) throw thrown;
      const locked = thrown instanceof Error && thrown.name === "PasswordException";
      throw refuse(
        "file-unreadable",
        locked ? "The PDF is protected by a password." : "The PDF is damaged.",
        locked ? "Remove the password." : "Open it in a viewer and save it again.",
      );
    }
  },
  [DOCX]: async (bytes) => {
    if (!starts(bytes, 0x50, 0x4b, 3, 4)) throw mismatch("a Word document");
    await checkArchive(bytes);
    try {
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      return { title: null, text: (await mammoth.extractRawText({ buffer })).value };
    } catch {
      throw refuse("file-unreadable", "The Word document is damaged.", "Open it in Word and save it again.");
    }
  },
};

/** Unpacks a zip as a whole without keeping it: what an archive states about its sizes may be a lie. */
const checkArchive = async (bytes: Uint8Array): Promise<void> => {
  let unpacked = 0;
  let entries = 0;
  let hasDocument = false;
  let problem: StudioError | null = null;
  const tooLarge = () =>
    refuse(
      "archive-too-large",
      "The document unpacks to more than 100 MB or 2,000 parts.",
      "Remove embedded pictures, or split it.",
    );
  const unzip = new Unzip((file) => {
    entries += 1;
    hasDocument ||= file.name === "word/document.xml";
    if (entries > MAX_ENTRIES) problem ??= tooLarge();
    if (problem) return;
    file.ondata = (error, data) => {
      if (error) problem ??= refuse("file-unreadable", "The Word document is damaged.", "Save it again.");
      unpacked += data?.length ?? 0;
      if (unpacked > MAX_UNPACKED) {
        problem ??= tooLarge();
        file.terminate();
      }
    };
    file.start();
  });
  unzip.register(UnzipInflate);
  const STEP = 16 * 1024;
  try {
    for (let at = 0; at < bytes.length && !problem; at += STEP)
      unzip.push(bytes.subarray(at, at + STEP), at + STEP >= bytes.length);
  } catch {
    problem ??= refuse("file-unreadable", "The Word document is damaged.", "Open it in Word and save it again.");
  }
  if (problem) throw problem;
  if (!hasDocument) throw mismatch("a Word document");
};
