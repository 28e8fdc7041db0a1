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
