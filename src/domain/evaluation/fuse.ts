/** Constant of reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009). */
const RRF_K = 60;

/**
 * Reciprocal rank fusion: a document's score is the sum of 1 / (60 + rank) over the rankings that hold it, ranks from 1.
 * Equal scores go by the smaller index.
 *
 * @param rankings  documents of each ranking, best first
 * @returns documents with their scores, best first, at most `k`
 */
export const fuseWithScores = (
  rankings: readonly (readonly number[])[],
  k: number,
): { document: number; score: number }[] => {
  const scores = new Map<number, number>();
  for (const ranking of rankings)
    ranking.forEach((document, place) => scores.set(document, (scores.get(document) ?? 0) + 1 / (RRF_K + place + 1)));
  return [...scores]
    .map(([document, score]) => ({ document, score }))
    .sort((a, b) => b.score - a.score || a.document - b.document)
    .slice(0, k);
};

/** The documents of {@link fuseWithScores} alone. */
export const fuseRankings = (rankings: readonly (readonly number[])[], k: number): number[] =>
  fuseWithScores(rankings, k).map(({ document }) => document);
