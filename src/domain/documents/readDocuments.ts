import { StudioError, toProblem, type Problem } from "../errors.ts";
import { sha256Text } from "../text/index.ts";
import { extractFile, type ExtractedText } from "./extractFile.ts";
import type { PdfData } from "./refusal.ts";
import { formOf, isSystemFile, type SourceFile } from "./sourceFile.ts";

/** A document that was read. */
export interface ReadDocument extends Omit<ExtractedText, "title"> {
  /** Path of the file inside what was dropped; of a row of a table with its line. Unique. */
  name: string;
  /** Its own title, or the name of its file. */
  title: string;
}

/** What became of the files, one by one. */
export type DocumentEvent =
  | { type: "document"; document: ReadDocument }
  /** A file, or a part of one, that gave no document. The others go on. */
  | { type: "refused"; name: string; problem: Problem };

export interface ReadingOptions {
  pdfData: PdfData;
  signal?: AbortSignal;
}

const fileNameOf = (path: string): string => path.split("/").at(-1) ?? path;
const aborted = (thrown: unknown): boolean => thrown instanceof DOMException && thrown.name === "AbortError";

/**
 * Reads files, the files in archives and the rows of tables as documents, one at a time. A file that cannot be read costs
 * itself alone, and a copy of an earlier one is left out: its passages would be asked about twice, and answer each other's questions.
 *
 * @throws DOMException `AbortError` after an abort; nothing else
 */
export async function* readDocuments(
  files: Iterable<SourceFile> | AsyncIterable<SourceFile>,
  options: ReadingOptions,
): AsyncGenerator<DocumentEvent> {
  const names = new Map<string, string>();
  for await (const file of files) {
    options.signal?.throwIfAborted();
    if (isSystemFile(file.name)) continue;
    for await (const event of readFile(file, options, 0)) yield withoutCopies(event, names);
  }
}

/** @param names  of the documents so far, by the hash of their text */
const withoutCopies = (event: DocumentEvent, names: Map<string, string>): DocumentEvent => {
  if (event.type === "refused") return event;
  const { name, text } = event.document;
  const hash = sha256Text(text);
  const earlier = names.get(hash);
  if (earlier === undefined) {
    names.set(hash, name);
    return event;
  }
  const message = `It holds the same text as ${earlier}.`;
  return { type: "refused", name, problem: { code: "document-repeated", message, hint: "One of the two is enough." } };
};

async function* readFile(file: SourceFile, options: ReadingOptions, depth: number): AsyncGenerator<DocumentEvent> {
  try {
    const form = formOf(file);
    if (form === "archive") yield* readArchive(file, options, depth);
    else if (form === "table") yield* readTable(file, options);
    else {
      const bytes = new Uint8Array(await file.file.arrayBuffer());
      const read = await extractFile(bytes, file.name, options.pdfData);
      yield { type: "document", document: { ...read, name: file.name, title: read.title ?? fileNameOf(file.name) } };
    }
  } catch (thrown) {
    if (aborted(thrown)) throw thrown;
    yield { type: "refused", name: file.name, problem: asProblem(thrown) };
  }
}

async function* readArchive(file: SourceFile, options: ReadingOptions, depth: number): AsyncGenerator<DocumentEvent> {
  if (depth > 0)
    throw new StudioError("archive-nested", "It is an archive inside an archive.", "Unpack it and drop the folder.");
  const { archiveEntries } = await import("./archive.ts");
  for await (const { name, open } of archiveEntries(file)) {
    options.signal?.throwIfAborted();
    if (isSystemFile(name)) continue;
    let inner: SourceFile;
    try {
      formOf({ name, file: new Blob() }); // one of no known form is not even unpacked
      inner = await open();
    } catch (thrown) {
      yield { type: "refused", name, problem: asProblem(thrown) };
      continue;
    }
    yield* readFile(inner, options, depth + 1);
  }
}

async function* readTable(file: SourceFile, { signal }: ReadingOptions): AsyncGenerator<DocumentEvent> {
  const { tableRows } = await import("./table.ts");
  const lost: number[] = [];
  const rest = { mediaType: "text/plain" as const, headings: [], warnings: [] };
  for await (const { line, title, text } of tableRows(file, signal, (at) => lost.push(at)))
    yield {
      type: "document",
      document: { ...rest, name: `${file.name}:${line}`, title: title ?? fileNameOf(file.name), text },
    };
  if (lost.length === 0) return;
  const message = `${lost.length === 1 ? "A line holds" : `${lost.length.toLocaleString("en")} lines hold`} no text that can be read (first: line ${lost[0]}).`;
  yield {
    type: "refused",
    name: file.name,
    problem: { code: "lines-without-text", message, hint: "The other lines are documents." },
  };
}

/** A library's own failure on a person's file is the file's: it is damaged in a way that its reader did not expect. */
const asProblem = (thrown: unknown): Problem => {
  if (thrown instanceof StudioError) return toProblem(thrown);
  return {
    code: "file-unreadable",
    message: "The file could not be read; it may be damaged.",
    hint: "Save it again, or in another format.",
  };
};
