/** Places by falling score; equal scores keep the order they had. */
export const rerankOrder = (scores: readonly number[]): number[] =>
  scores
    .map((score, place) => ({ score, place }))
    .sort((a, b) => b.score - a.score || a.place - b.place)
    .map(({ place }) => place);
