import { StudioError } from "../../errors.ts";
import type { FileFormat } from "../types.ts";

const startsWith = (head: Uint8Array, ...bytes: number[]): boolean => bytes.every((byte, i) => head[i] === byte);
const ascii = (text: string): number[] => Array.from(text, (c) => c.charCodeAt(0));

export const isGzip = (head: Uint8Array): boolean => startsWith(head, 0x1f, 0x8b);

/** Containers that people drop by mistake, with what to do. */
const FOREIGN: { magic: number[]; name: string; hint: string }[] = [
  {
    magic: ascii("PK\u0003\u0004"),
    name: "a zip archive or an Office file",
    hint: "Unpack it, or save the sheet as CSV.",
  },
  {
    magic: ascii("%PDF"),
    name: "a PDF",
    hint: "Training needs pairs: one JSON object a line with query and positive.",
  },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], name: "a zstd archive", hint: "Unpack it first (zstd -d), or pack it with gzip." },
  { magic: [0xfd, ...ascii("7zXZ")], name: "an xz archive", hint: "Unpack it first (xz -d), or pack it with gzip." },
  { magic: ascii("BZh"), name: "a bzip2 archive", hint: "Unpack it first (bunzip2), or pack it with gzip." },
  { magic: ascii("ARROW1"), name: "an Arrow file", hint: "Save it as Parquet, CSV or JSONL." },
];

/**
 * What the first bytes say a file is. The content decides; the name only where the content cannot (CSV or TSV or a
 * text). `complete` says that `head` is the whole file.
 * Errors: `dataset-not-text`, `dataset-utf16`.
 */
export const sniffFormat = (head: Uint8Array, fileName: string, complete: boolean): FileFormat => {
  if (startsWith(head, ...ascii("PAR1"))) return "parquet";
  const foreign = FOREIGN.find(({ magic }) => startsWith(head, ...magic));
  if (foreign)
    throw new StudioError("dataset-not-text", `This file is ${foreign.name}, not a list of pairs.`, foreign.hint);
  if (startsWith(head, 0xff, 0xfe) || startsWith(head, 0xfe, 0xff))
    throw new StudioError("dataset-utf16", "The file is written in UTF-16.", "Save it again as UTF-8.");
  if (head.includes(0))
    throw new StudioError(
      "dataset-not-text",
      "The file is not text.",
      "Drop JSONL, CSV, TSV, Parquet or a JSON document (JSONL may be packed with gzip).",
    );
  const name = fileName.toLowerCase().replace(/\.gz$/, "");
  if (name.endsWith(".csv")) return "csv";
  if (name.endsWith(".tsv") || name.endsWith(".tab")) return "tsv";
  const text = new TextDecoder().decode(head).trimStart();
  if (text.startsWith("{") || text.startsWith("[")) return sniffJson(text, complete);
  if (/\.(jsonl|ndjson|json)$/.test(name)) return "jsonl";
  if (/\.(txt|md|text)$/.test(name)) return "text";
  return sniffDelimited(text.slice(0, text.search(/\r?\n|$/)));
};

/** JSONL or one JSON document over the whole file. A damaged first line of JSONL must not turn it into a document. */
const sniffJson = (text: string, complete: boolean): "json" | "jsonl" => {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  const whole = complete ? lines : lines.slice(0, -1);
  const first = whole[0];
  if (first === undefined) return /^(\{\s*"(queries|corpus|relevant_docs)"|\[\s*[[{])/.test(text) ? "json" : "jsonl";
  if (first.trim() === "[" || first.trim() === "{") return "json";
  const value = parseOr(first);
  if (value !== undefined) return isDocument(value) ? "json" : "jsonl";
  return whole.slice(1, 50).some((line) => isLine(parseOr(line))) ? "jsonl" : "json";
};

const parseOr = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
};

/** A JSON value that holds the whole data set: the evaluator's object, or an array of records. */
const isDocument = (value: unknown): boolean =>
  Array.isArray(value)
    ? value.some((entry) => typeof entry === "object" && entry !== null)
    : typeof value === "object" && value !== null && "queries" in value && "corpus" in value;

const isLine = (value: unknown): boolean => typeof value === "object" && value !== null;

const sniffDelimited = (line: string): FileFormat =>
  line.includes("\t") ? "tsv" : /[,;|]/.test(line) ? "csv" : "jsonl";
