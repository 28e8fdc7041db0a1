import { StudioError } from "../errors.ts";
import { DOCUMENT_LIMITS } from "./limits.ts";

/** A file to be read: on disk, in a folder, in an archive. Its bytes are fetched when its turn comes. */
export interface SourceFile {
  /** Path inside what was dropped, parts divided by `/`: `manual/brakes.md`. */
  name: string;
  file: Blob;
}

/** What reads a file: a reader of documents, an archive that holds more of them, or a table with one document a row. */
export type FileForm = "document" | "archive" | "table";

const FORMS: [RegExp, FileForm][] = [
  [/\.(txt|md|markdown|html?|pdf|docx)$/i, "document"],
  [/\.zip$/i, "archive"],
  [/\.(jsonl|ndjson|json|csv|tsv|parquet)(\.gz)?$/i, "table"],
];

/** The endings, as a person is told them. */
export const DOCUMENT_ENDINGS = ".txt, .md, .html, .pdf, .docx, .zip, .jsonl, .csv or .parquet";

/** What systems leave in folders and archives, and no person means to be read. */
export const isSystemFile = (name: string): boolean =>
  /(^|\/)(__MACOSX\/|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\._)/.test(name);

/** @throws StudioError `file-type-unsupported`, `file-too-large` */
export const formOf = ({ name, file }: SourceFile): FileForm => {
  const form = FORMS.find(([pattern]) => pattern.test(name))?.[1];
  if (!form)
    throw new StudioError(
      "file-type-unsupported",
      `Files that end in ${/\.[a-z0-9]+$/i.exec(name)?.[0].toLowerCase() ?? "nothing"} cannot be read.`,
      `Save it as ${DOCUMENT_ENDINGS}.`,
    );
  if (form === "document" && file.size > DOCUMENT_LIMITS.fileBytes)
    throw new StudioError(
      "file-too-large",
      `The file has ${Math.round(file.size / 2 ** 20).toLocaleString("en")} MB; a document may have 100.`,
      "Split it into parts, or save it without its pictures.",
    );
  return form;
};

/** Nothing of what was dropped became a document. */
export const noDocuments = (refused: number): StudioError =>
  new StudioError(
    "documents-none",
    refused > 0 ? "None of the files could be read as a document." : "There is no file in it.",
    refused > 0
      ? "The list says why for each of them."
      : `Drop documents that end in ${DOCUMENT_ENDINGS}, or a folder of them.`,
  );
