import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseDataset, type ColumnChoice } from "../domain/dataset/index.ts";
import type { ParsedDataset } from "../domain/dataset/types.ts";

/** A file in uneven chunks, so that lines and characters are cut anywhere. */
export async function* chunked(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Reads text or bytes as a dropped file. */
export const parsePairs = (
  content: string | Uint8Array,
  fileName = "pairs.jsonl",
  dialect: ColumnChoice | null = null,
  size = 7,
): Promise<ParsedDataset> => {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return parseDataset(chunked(bytes, size), { fileName, bytes: bytes.length, dialect });
};

const FOLDER = join(import.meta.dirname, "fixtures/pairs");

/** A file made after what people really bring. */
export const pairFile = (name: string): Uint8Array => new Uint8Array(readFileSync(join(FOLDER, name)));

/** Reads such a file. */
export const parseFile = (name: string, dialect: ColumnChoice | null = null, size = 1000): Promise<ParsedDataset> =>
  parsePairs(pairFile(name), name, dialect, size);

/** One JSON value a line. */
export const jsonl = (...values: unknown[]): string => values.map((value) => JSON.stringify(value)).join("\n");
