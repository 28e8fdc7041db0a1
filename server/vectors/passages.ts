import { sql, type SQL } from "drizzle-orm";
import type { Metadata } from "../../src/domain/api/index.ts";
import { compareCodePoints } from "../../src/domain/text/index.ts";

/** A passage that a search found. */
export interface Hit {
  documentId: string;
  ordinal: number;
  title: string;
  source: string | null;
  text: string;
  metadata: Metadata;
  /** Of vectors the cosine similarity, −1…1; of words BM25. */
  score: number;
}

/** `[name, value]` of metadata that a document must carry, compared as text, of a list any item. */
export type Filter = readonly (readonly [name: string, value: string])[];

/** Whether no document can carry what a filter asks for: no database takes NUL. */
export const matchesNothing = (filter: Filter): boolean => filter.some((pair) => pair.join("").includes("\0"));

/** Whether a document's metadata has a value under a name, as its text: itself, or as an item of a list. */
const carries = (name: string, value: string) => sql`EXISTS (
  SELECT 1 FROM jsonb_array_elements_text(
    CASE jsonb_typeof(d.metadata -> ${name}) WHEN 'array' THEN d.metadata -> ${name} ELSE jsonb_build_array(d.metadata -> ${name}) END
  ) AS item WHERE item = ${value})`;

/** ` AND …` that holds for documents which carry all of a filter; empty without one. */
export const andCarried = (filter: Filter, documentId: SQL): SQL =>
  filter.length === 0
    ? sql``
    : sql` AND EXISTS (SELECT 1 FROM documents d WHERE d.id = ${documentId}${sql.join(
        filter.map(([name, value]) => sql` AND ${carries(name, value)}`),
        sql``,
      )})`;

/** A row with the columns of a passage and its score. */
export const hitOf = (row: Record<string, unknown>): Hit => ({
  documentId: row.document_id as string,
  ordinal: Number(row.ordinal),
  title: row.title as string,
  source: row.source as string | null,
  text: row.text as string,
  metadata: row.metadata as Metadata,
  score: Number(row.score),
});

/** The order of passages whose scores are equal: by document (in code points, as the database's collation "C" has it) and place in it. */
export const byPlace = (a: Pick<Hit, "documentId" | "ordinal">, b: Pick<Hit, "documentId" | "ordinal">): number =>
  compareCodePoints(a.documentId, b.documentId) || a.ordinal - b.ordinal;

/** The best first. */
export const byScore = (a: Hit, b: Hit): number => b.score - a.score || byPlace(a, b);
