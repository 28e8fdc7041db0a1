import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface Pair {
  query: string;
  positive: string;
}

const file = fileURLToPath(new URL("pairs.jsonl", import.meta.url));

/** The first `rows` of 240 pairs that share words, so that the smallest base learns something from few of them. */
export const samplePairs = (rows: number): Pair[] =>
  readFileSync(file, "utf8")
    .split("\n")
    .filter(Boolean)
    .slice(0, rows)
    .map((line) => JSON.parse(line) as Pair);

export const jsonl = (rows: readonly unknown[]): string => rows.map((row) => JSON.stringify(row)).join("\n");

/** A file as Playwright's `setInputFiles` takes it. */
export const asFile = (name: string, content: string | Uint8Array) => ({
  name,
  mimeType: "application/x-ndjson",
  buffer: Buffer.from(content as string),
});
