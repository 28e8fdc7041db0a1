/** Two-sided 95 % quantile of the standard normal distribution. */
const Z = 1.959964;

/**
 * 95 % interval of a share by Wilson's score method (Wilson 1927; method 3 of Newcombe 1998), which also holds for small samples
 * and shares near 0 and 1.
 *
 * @returns shares; null of no trials
 */
export const wilsonInterval = (successes: number, trials: number): { low: number; high: number } | null => {
  if (trials === 0) return null;
  const share = successes / trials;
  const spread = Z * Math.sqrt((share * (1 - share)) / trials + Z ** 2 / (4 * trials ** 2));
  const centre = share + Z ** 2 / (2 * trials);
  const scale = 1 + Z ** 2 / trials;
  return { low: Math.max(0, (centre - spread) / scale), high: Math.min(1, (centre + spread) / scale) };
};
