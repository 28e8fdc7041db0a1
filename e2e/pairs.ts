import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface Pair {
  query: string;
  positive: string;
}

const sample = fileURLToPath(new URL("../public/samples/support.jsonl", import.meta.url));

/** The first `rows` pairs of the project's own sample. */
export const samplePairs = (rows: number): Pair[] =>
  readFileSync(sample, "utf8")
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
