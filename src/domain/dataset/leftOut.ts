/** A pair that the person left out, by its texts. */
export interface LeftOutPair {
  query: string;
  positives: readonly string[];
}

/**
 * Whether a row holds one of these pairs: the same query with at least one of its positives. A test query gathers the positives
 * of all its rows, so a row may hold only some of them.
 */
export const holdsPair = (row: LeftOutPair, pairs: readonly LeftOutPair[]): boolean =>
  pairs.some(({ query, positives }) => query === row.query && row.positives.some((text) => positives.includes(text)));
