import type { RetrievalEvaluation } from "../../domain/evaluation/types.ts";
import { spread } from "../../domain/spread.ts";
import type { WatchedRank } from "../../domain/training/types.ts";

const COUNT = 5;
/** The results that people read. */
const FIRST = 10;
const BEYOND = 101;

/**
 * Follows a few dev queries through a run. They are chosen from the first evaluation, before anything is learned, and stay
 * the same: queries whose answer is not among the first ten, evenly over the task; where there are too few, the next worst.
 */
export const watchQueries = (): ((evaluation: RetrievalEvaluation) => WatchedRank[]) => {
  let chosen: readonly number[] | null = null;
  return ({ perQuery }) => {
    const ranks = new Map(perQuery.map(({ query, bestRank }) => [query, bestRank]));
    chosen ??= choose(perQuery);
    return chosen.map((query) => ({ query, rank: ranks.get(query) ?? null }));
  };
};

const choose = (perQuery: RetrievalEvaluation["perQuery"]): number[] => {
  const rankOf = ({ bestRank }: (typeof perQuery)[number]): number => bestRank ?? BEYOND;
  const missed = perQuery.filter((one) => rankOf(one) > FIRST);
  const shown =
    missed.length >= COUNT
      ? spread(missed, COUNT)
      : perQuery.toSorted((a, b) => rankOf(b) - rankOf(a) || a.query - b.query).slice(0, COUNT);
  return shown.map(({ query }) => query).sort((a, b) => a - b);
};
