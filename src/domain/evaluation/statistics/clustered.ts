import { groupBy } from "./bootstrap.ts";

/**
 * Mean of paired differences and its standard error, robust to clusters: queries that share documents are not independent.
 * √(Σ_g (Σ_{i∈g} (d_i − d̄))² · G / (G − 1)) / n (Cameron and Miller 2015, "A practitioner's guide to cluster-robust
 * inference", eq. 11 for a mean). Without clusters every difference is its own; with fewer than two nothing is known: ∞.
 *
 * @param differences after − before for each query, at least one
 */
export const clusteredError = (
  differences: readonly number[],
  clusters?: readonly number[],
): { mean: number; error: number } => {
  const n = differences.length;
  const mean = differences.reduce((sum, d) => sum + d, 0) / n;
  const groups = groupBy(differences, clusters);
  const squares = groups.reduce((sum, group) => sum + group.reduce((s, d) => s + d - mean, 0) ** 2, 0);
  const error = groups.length > 1 ? Math.sqrt((squares * groups.length) / (groups.length - 1)) / n : Infinity;
  return { mean, error };
};
