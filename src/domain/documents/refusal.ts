import { StudioError } from "../errors.ts";

export type MediaType = "text/plain" | "text/markdown" | "text/html" | "application/pdf" | typeof DOCX;
export const DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/** What a reader of one form gives back; `warnings` name what it could not read. */
export interface Reading {
  title: string | null;
  text: string;
  /** The headings in their order, each as it stands in the text, on a line of its own. */
  headings?: string[];
  warnings?: string[];
}

/** Brings a file of pdf.js' own folders: character maps of Chinese, Japanese and Korean fonts, and the standard fonts. */
export type PdfData = (folder: "cmaps" | "standard_fonts", file: string) => Promise<Uint8Array>;

/** Reads one form of file. @throws StudioError when nothing can be read */
export type Reader = (bytes: Uint8Array, pdfData: PdfData) => Promise<Reading>;

/** A file may have so many pages or characters, as the contract says of every document. */
export const MAX_CHARACTERS = 2_000_000;

export const starts = (bytes: Uint8Array, ...magic: number[]): boolean => magic.every((value, i) => bytes[i] === value);
export const isPdf = (bytes: Uint8Array): boolean => starts(bytes, 0x25, 0x50, 0x44, 0x46);
export const isZip = (bytes: Uint8Array): boolean => starts(bytes, 0x50, 0x4b, 3, 4);

export const mismatch = (expected: string): StudioError =>
  new StudioError(
    "file-type-mismatch",
    `The file's ending says that it is ${expected}, but its content is something else.`,
    "Save it again in the format that its ending names, or correct the ending.",
  );
