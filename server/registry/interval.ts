import { clusteredError } from "../../src/domain/evaluation/index.ts";

/** Two-sided 5 % of the normal distribution. */
const Z = 1.96;

/**
 * 95 % interval of the mean of paired differences, in closed form so that the gate needs no seed; with fewer than two
 * clusters nothing is known: ±∞. Components that do not fit the queries are ignored.
 */
export const pairedInterval = (
  candidate: readonly number[],
  reference: readonly number[],
  components: readonly number[],
): { delta: number; interval: [number, number] } => {
  const differences = candidate.map((value, index) => value - (reference[index] ?? 0));
  const clusters = components.length === differences.length ? components : undefined;
  const { mean: delta, error } = clusteredError(differences, clusters);
  return { delta, interval: [delta - Z * error, delta + Z * error] };
};

/** Score of each query, with the queries' components. */
export interface QueryScores {
  scores: number[];
  components: number[];
}

interface Scored {
  perQuery: QueryScores | null;
  queries: number;
}

/** How far two versions are apart: query by query where both have their scores, else from their two means, which is wider. */
export const differenceOf = (candidate: Scored, reference: Scored, ours: number, theirs: number) =>
  paired(candidate, reference) ?? independent(candidate, reference, ours, theirs);

const paired = (a: Scored, b: Scored) =>
  a.perQuery && b.perQuery && a.perQuery.scores.length === b.perQuery.scores.length && a.perQuery.scores.length > 0
    ? {
        ...pairedInterval(a.perQuery.scores, b.perQuery.scores, a.perQuery.components),
        method: "paired" as const,
      }
    : null;

const independent = (a: Scored, b: Scored, ours: number, theirs: number) => {
  const delta = ours - theirs;
  const half = Z * Math.sqrt(variance(ours, a.queries) + variance(theirs, b.queries));
  return { delta, interval: [delta - half, delta + half] as [number, number], method: "independent" as const };
};

/** Largest variance of a mean of n values in 0…1: p(1 − p)/n. Two models on one split correlate, so this is wide. */
const variance = (p: number, n: number): number => (n > 0 ? (p * (1 - p)) / n : Infinity);
