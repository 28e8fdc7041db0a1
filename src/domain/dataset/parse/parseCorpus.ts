import { StudioError } from "../../errors.ts";
import { hasLoneSurrogate, hasText } from "../../text/index.ts";
import type { BadLine } from "../types.ts";
import { badLine, isBadLine, recordText, type RawRecord } from "./item.ts";
import { LIMITS } from "./limits.ts";
import { textLines } from "./lines.ts";
import { openReading, type ByteSource } from "./open.ts";
import type { ParseOptions, ParseProgress } from "./parseDataset.ts";
import { asText } from "./texts.ts";

/** Extra documents among which the right ones have to be found. */
export interface ParsedCorpus {
  fileName: string;
  bytes: number;
  documents: string[];
  badLines: BadLine[];
  blankLines: number;
  /** What was read although it is not quite the format, in sentences. */
  notes?: string[];
}

const DOCUMENT_COLUMNS = [
  "text",
  "document",
  "passage",
  "content",
  "contents",
  "positive",
  "body",
  "doc",
  "answer",
  "column 1",
];

/**
 * Reads a file of documents: JSONL of strings or of objects (`text`, `document`, … with an optional `title`), JSON, CSV,
 * TSV, Parquet, or a plain text with one document a line (.txt). Packed with gzip or not.
 * Errors: those of `parseDataset`, and `corpus-no-documents`.
 */
export const parseCorpus = async (
  source: ByteSource,
  options: Omit<ParseOptions, "dialect">,
): Promise<ParsedCorpus> => {
  const progress: ParseProgress = { bytes: 0, totalBytes: options.bytes, rows: 0, badLines: 0 };
  const { reading } = await openReading(
    source,
    { ...options, readText: readTextDocuments },
    (bytes) => (progress.bytes += bytes),
  );
  const documents: string[] = [];
  const badLines: BadLine[] = [];
  for await (const batch of reading.items) {
    for (const item of batch) {
      if (isBadLine(item)) badLines.push(item);
      else
        for (const record of unpackArray(item)) {
          const document = toDocument(record);
          if (typeof document === "string") documents.push(document);
          else badLines.push(document);
        }
      if (badLines.length > LIMITS.badLines) throw noDocuments();
    }
    options.onProgress?.({ ...progress, rows: documents.length, badLines: badLines.length });
  }
  documents.push(...(reading.corpus ?? []));
  if (documents.length === 0) throw noDocuments();
  const notes = reading.notes?.() ?? [];
  return {
    fileName: options.fileName,
    bytes: progress.bytes,
    documents,
    badLines,
    blankLines: reading.blankLines(),
    ...(notes.length > 0 ? { notes } : {}),
  };
};

/** Plain text: every line is a document. */
const readTextDocuments = (chunks: AsyncIterable<Uint8Array>) => {
  let blank = 0;
  async function* items() {
    let line = 0;
    for await (const batch of textLines(chunks)) {
      const out = [];
      for (const { text, valid } of batch) {
        line++;
        if (!hasText(text)) blank++;
        else if (valid) out.push({ line, value: text, text });
        else
          out.push(badLine(line, text, "not-utf8", "The line holds bytes that are not UTF-8. Save the file as UTF-8."));
      }
      yield out;
    }
  }
  return { items: items(), blankLines: () => blank };
};

/** A line such as `["one", "two"]` is a list of documents here, not a sentence pair. */
const unpackArray = (record: RawRecord): RawRecord[] =>
  Array.isArray(record.value) ? record.value.map((value: unknown) => ({ line: record.line, value })) : [record];

const toDocument = (record: RawRecord): string | BadLine => {
  const text = documentText(record.value);
  if (text === null)
    return badLine(record.line, recordText(record), "missing-document", "The line has no column with a document.");
  if (!hasText(text)) return badLine(record.line, recordText(record), "empty-document", "The document is empty.");
  if (hasLoneSurrogate(text))
    return badLine(record.line, recordText(record), "half-surrogate", "The text holds half of a two-part character.");
  return text;
};

const documentText = (value: unknown): string | null => {
  const direct = asText(value);
  if (direct !== null || typeof value !== "object" || value === null) return direct;
  const fields = value as Record<string, unknown>;
  for (const column of DOCUMENT_COLUMNS) {
    const text = asText(fields[column]);
    if (text !== null) return text;
  }
  return null;
};

const noDocuments = (): StudioError =>
  new StudioError(
    "corpus-no-documents",
    "No documents could be read from the file.",
    'A corpus has one document a line: a text, or {"text": "…"}.',
  );
