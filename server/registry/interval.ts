/**
 * 95 % interval of the mean of paired differences, robust to clusters: queries that share documents are not independent
 * (Cameron and Miller 2015, "A practitioner's guide to cluster-robust inference", eq. 11 for a mean, with G/(G−1)).
 * Without components every pair is its own cluster. With fewer than two clusters nothing is known: ±∞.
 */
export const pairedInterval = (
  candidate: readonly number[],
  reference: readonly number[],
  components: readonly number[],
): { delta: number; interval: [number, number] } => {
  const n = candidate.length;
  const differences = candidate.map((value, index) => value - (reference[index] ?? 0));
  const delta = differences.reduce((sum, value) => sum + value, 0) / n;
  const sums = new Map<number, number>();
  for (const [index, value] of differences.entries()) {
    const cluster = components.length === n ? (components[index] ?? index) : index;
    sums.set(cluster, (sums.get(cluster) ?? 0) + value - delta);
  }
  const clusters = sums.size;
  if (clusters < 2) return { delta, interval: [-Infinity, Infinity] };
  const squares = [...sums.values()].reduce((sum, value) => sum + value * value, 0);
  const half = (1.96 * Math.sqrt((squares * clusters) / (clusters - 1))) / n;
  return { delta, interval: [delta - half, delta + half] };
};
