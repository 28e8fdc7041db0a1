import type { IngestDocument } from "../../domain/api/index.ts";
import { parseCorpus } from "../../domain/dataset/index.ts";
import { StudioError } from "../../domain/errors.ts";
import { at } from "../../domain/present.ts";

/** Documents that were read in the page, and the lines that hold none. */
export interface ReadDocuments {
  name: string;
  documents: IngestDocument[];
  /** Lines left out: where, and why. */
  badLines: { line: number; reason: string }[];
}

/** Files of many documents, a line each, which the page reads itself. */
export const LINE_FILE_TYPES = [".jsonl", ".ndjson"] as const;

export const isLineFile = ({ name }: Pick<File, "name">): boolean =>
  LINE_FILE_TYPES.some((ending) => name.toLowerCase().endsWith(ending));

/** Archives, tables and other spellings that the page reads as Data's documents are read, since the server takes none of them. */
export const PAGE_FILE_TYPES = [".zip", ".json", ".csv", ".tsv", ".parquet", ".htm", ".markdown"] as const;

export const isPageFile = ({ name }: Pick<File, "name">): boolean =>
  PAGE_FILE_TYPES.some((ending) => name.toLowerCase().endsWith(ending));

/** A row of a table without a title of its own goes by its table's name. */
const isTable = (name: string, title: string): boolean =>
  /:\d+$/.test(name) && name.replace(/:\d+$/, "").endsWith(title);

/** Documents that the page has read out of a file, each text once; one without a title goes by its first line. */
export const documentsIn = (
  name: string,
  read: readonly { name: string; title: string | null; text: string }[],
): ReadDocuments => ({
  name,
  documents: [...new Map(read.map((one) => [one.text, one])).values()].map((one) => ({
    text: one.text,
    title: one.title === null || isTable(one.name, one.title) ? titleOf(one.text) : one.title,
    source: one.name,
  })),
  badLines: [],
});

const TITLE = 80;

/** The first line; of a long one its beginning up to a word's end, with an ellipsis. */
const titleOf = (text: string): string => {
  const line = at(text.split("\n", 1), 0);
  if (line.length <= TITLE) return line;
  const cut = line.slice(0, TITLE).replace(/[\ud800-\udbff]$/, "");
  return `${/\s/.test(cut) ? cut.replace(/\s+\S*$/, "") : cut.slice(0, -1)}…`;
};

const titled = (text: string, source: string): IngestDocument => ({ text, title: titleOf(text), source });

/** Whether a passage begins with its document's title, so that showing both would say the same twice. */
export const repeatsTitle = (title: string, text: string): boolean =>
  text.trimStart().startsWith(title.replace(/…$/, "").trim());

/** Pasted text as documents: parts between lines of three dashes or more, titled by their first line. */
export const documentsFromText = (text: string): IngestDocument[] =>
  text
    .split(/^\s*-{3,}\s*$/m)
    .map((part) => part.trim())
    .filter(Boolean)
    .map((part) => titled(part, "pasted"));

/** Whether pasted text is JSONL: its first line is an object. */
export const isJsonl = (text: string): boolean => {
  const line = /^\s*(\{.*\})\s*$/m.exec(text.slice(0, 100_000));
  if (!line || text.slice(0, line.index).trim() !== "") return false;
  try {
    return typeof JSON.parse(line[1] ?? "") === "object";
  } catch {
    return false;
  }
};

/**
 * Documents of a JSONL file by its text column (`text`, `document`, `passage`, `content`, `positive`, …).
 * Errors: those of `parseCorpus`.
 */
export const readLines = async (file: File): Promise<ReadDocuments> => {
  const { documents, badLines } = await parseCorpus(file.stream(), { fileName: file.name, bytes: file.size });
  return {
    name: file.name,
    documents: [...new Set(documents)].map((text) => titled(text, file.name)),
    badLines: badLines.map(({ line, reason }) => ({ line, reason })),
  };
};

/** What the server takes of one document, and of one request. */
const MAX_CHARACTERS = 2_000_000;
const MAX_DOCUMENTS = 100_000;

/** Refuses what the server would not take, before anything is sent. Errors: `too-many-documents`, `document-too-long`. */
export const checkDocuments = (documents: readonly IngestDocument[]): readonly IngestDocument[] => {
  if (documents.length > MAX_DOCUMENTS)
    throw new StudioError(
      "too-many-documents",
      `These are ${documents.length.toLocaleString("en")} documents; ${MAX_DOCUMENTS.toLocaleString("en")} can be added at once.`,
      "Add them in parts. Nothing was sent.",
    );
  const long = documents.find(({ text }) => text.length > MAX_CHARACTERS);
  if (long)
    throw new StudioError(
      "document-too-long",
      `“${long.title ?? "A document"}” has ${long.text.length.toLocaleString("en")} characters; a document can have ${MAX_CHARACTERS.toLocaleString("en")}.`,
      "Split it into several documents. Nothing was sent.",
    );
  return documents;
};

/** Places read at once, so that the page stays at hand meanwhile. */
const READ_AT_ONCE = 500;

/** All documents that a run was searched in, for the index. */
export const documentsOfRun = async (
  run: { id: string; dataset: { name: string }; test: { documents: number } },
  read: (runId: string, places: readonly number[]) => Promise<string[]>,
): Promise<IngestDocument[]> => {
  const documents: IngestDocument[] = [];
  for (let from = 0; from < run.test.documents; from += READ_AT_ONCE) {
    const places = Array.from({ length: Math.min(READ_AT_ONCE, run.test.documents - from) }, (_, i) => from + i);
    documents.push(...(await read(run.id, places)).map((text) => titled(text, run.dataset.name)));
  }
  return documents;
};
