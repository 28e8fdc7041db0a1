import { at } from "../../../../domain/present.ts";
import type { DevScore } from "../../../../domain/training/types.ts";

/** A dev question's ranks, score by score; equal neighbors are one. */
export interface WatchedPath {
  query: number;
  ranks: (number | null)[];
}

/** The paths of the watched questions, in the order they were chosen. */
export const watchedPaths = (dev: readonly DevScore[]): WatchedPath[] => {
  const scores = dev.filter(({ watched }) => watched !== undefined && watched.length > 0);
  return (scores[0]?.watched ?? []).map(({ query }) => {
    const ranks = scores.flatMap(
      ({ watched }) => watched?.filter((one) => one.query === query).map(({ rank }) => rank) ?? [],
    );
    return { query, ranks: ranks.filter((rank, i) => i === 0 || rank !== at(ranks, i - 1)) };
  });
};
