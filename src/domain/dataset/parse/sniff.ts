import { StudioError } from "../../errors.ts";
import type { FileFormat } from "../types.ts";
import { sniffJson } from "./sniffJson.ts";

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
 * Errors: `dataset-not-text`.
 */
export const sniffFormat = (head: Uint8Array, fileName: string, complete: boolean): FileFormat => {
  if (startsWith(head, ...ascii("PAR1"))) return "parquet";
  const foreign = FOREIGN.find(({ magic }) => startsWith(head, ...magic));
  if (foreign)
    throw new StudioError("dataset-not-text", `This file is ${foreign.name}, not a list of pairs.`, foreign.hint);
  const name = fileName.toLowerCase().replace(/\.gz$/, "");
  if (name.endsWith(".parquet") && (head.includes(0) || !/^\s*[[{]/.test(new TextDecoder().decode(head))))
    throw new StudioError(
      "dataset-parquet-damaged",
      "This file is called .parquet but is not one.",
      "Save it as Parquet again, or give it the ending of what it is (.csv, .jsonl).",
    );
  if (head.includes(0)) throw notText(head);
  const text = new TextDecoder().decode(head).trimStart();
  const json = text.startsWith("{") || text.startsWith("[");
  if (name.endsWith(".csv")) return "csv";
  if (/\.(tsv|tab)$/.test(name)) return "tsv";
  if (json) return sniffJson(text, complete);
  if (/\.(jsonl|ndjson|json)$/.test(name)) return "jsonl";
  if (/\.(txt|md|text)$/.test(name)) return "text";
  return sniffDelimited(text);
};

const notText = (head: Uint8Array): StudioError =>
  (head[0] !== 0 && head[1] === 0) || (head[0] === 0 && head[1] !== 0)
    ? new StudioError(
        "dataset-not-text",
        "The file looks like UTF-16 without the mark that says so.",
        "Save it again as UTF-8.",
      )
    : new StudioError(
        "dataset-not-text",
        "The file is not text.",
        "Drop JSONL, CSV, TSV, Parquet or a JSON document, packed with gzip or not.",
      );

/** A table or JSON lines, by the separators in the first line. */
export const sniffDelimited = (text: string): FileFormat => {
  const line = text.slice(0, text.search(/\r?\n|$/));
  return line.includes("\t") ? "tsv" : /[,;|]/.test(line) ? "csv" : "jsonl";
};
