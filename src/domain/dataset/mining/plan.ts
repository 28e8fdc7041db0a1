import { normalizeText } from "../../text/index.ts";
import type { PairRow } from "../types.ts";

/** What has to be embedded before mining, and what is already known to be right. */
export interface MiningPlan {
  /** Distinct queries in order of appearance. */
  queries: string[];
  /** Corpus first, then the documents of the rows, without repetitions. */
  documents: string[];
  /** Per query its right documents, in order of appearance. */
  positives: number[][];
  /** Largest number of (query, positive) rows of one query; repeated rows count, as in sentence-transformers. */
  maxPositives: number;
}

/** Collects distinct texts; texts that are equal after normalization are one. */
const collector = () => {
  const ids = new Map<string, number>();
  const texts: string[] = [];
  const add = (text: string): number => {
    const key = normalizeText(text);
    const known = ids.get(key);
    if (known !== undefined) return known;
    ids.set(key, texts.length);
    return texts.push(text) - 1;
  };
  return { texts, add };
};

/**
 * Prepares mining over training rows. Give it the rows of the train side only: a negative from the test side would carry the
 * test's documents into training.
 *
 * @param heldOut rows of the other sides, whose right documents a corpus may hold as well; they are left out of it
 */
export const planMining = (
  rows: readonly PairRow[],
  corpus: readonly string[] = [],
  heldOut: readonly PairRow[] = [],
): MiningPlan => {
  const documents = collector();
  const queries = collector();
  const held = new Set(heldOut.flatMap(({ positives }) => positives.map(normalizeText)));
  for (const text of corpus) if (!held.has(normalizeText(text))) documents.add(text);
  const positives: number[][] = [];
  const counts: number[] = [];
  for (const row of rows) {
    const query = queries.add(row.query);
    const right = (positives[query] ??= []);
    counts[query] = (counts[query] ?? 0) + row.positives.length;
    for (const document of row.positives.map(documents.add)) if (!right.includes(document)) right.push(document);
  }
  const maxPositives = counts.reduce((a, b) => Math.max(a, b), 0);
  return { queries: queries.texts, documents: documents.texts, positives, maxPositives };
};
