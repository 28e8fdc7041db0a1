import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { fingerprintDataset } from "../../../src/domain/dataset/index.ts";
import { provenanceSchema, type Provenance } from "../../../src/domain/dataset/provenance.ts";
import type { PairRow } from "../../../src/domain/dataset/types.ts";

/** Where `npm run train` looks for what is known about a file of pairs. */
export const provenanceFile = (pairs: string): string => `${pairs}.provenance.json`;

const fileSchema = z.object({ fingerprint: z.string(), provenance: provenanceSchema });

/** The file's text: what the pairs were made of, and which pairs it speaks of. */
export const provenanceText = (
  provenance: Provenance,
  pairs: readonly Pick<PairRow, "query" | "positives" | "negatives">[],
): string => {
  const rows = pairs.map(({ query, positives, negatives }, i): PairRow => ({
    line: i + 1,
    query,
    positives,
    negatives,
  }));
  return `${JSON.stringify({ fingerprint: fingerprintDataset(rows), provenance }, null, 2)}\n`;
};

/** What lies beside a file of pairs and speaks of these very pairs. Other pairs than those are said on stderr. */
export const provenanceBeside = (path: string, rows: readonly PairRow[]): { provenance?: Provenance } => {
  const file = provenanceFile(path);
  if (!existsSync(file)) return {};
  const read = fileSchema.safeParse(parse(readFileSync(file, "utf8")));
  if (read.success && read.data.fingerprint === fingerprintDataset(rows)) return { provenance: read.data.provenance };
  console.error(
    `${file} does not belong to these pairs (they were changed since); the artifact does not name their origin.`,
  );
  return {};
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null; // Refused by the schema, and said.
  }
};
