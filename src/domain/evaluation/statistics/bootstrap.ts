import { at } from "../../present.ts";
import { drawIndex, mulberry32 } from "../../random.ts";

export interface BootstrapOptions {
  seed: number;
  /** Rounds of resampling. */
  resamples?: number;
  confidence?: number;
  /** Group of each query; whole groups are drawn, because queries of one group are not independent. */
  clusters?: readonly number[];
}

/** Rounds that keep the interval's own noise below a tenth of its width. */
const RESAMPLES = 2_000;

/**
 * Paired bootstrap: percentile interval of the mean of per-query differences (Efron and Tibshirani 1993, ch. 13; for
 * retrieval, Sakai 2006). With clusters, groups are drawn with replacement and all their queries enter (Field and Welsh
 * 2007); one query a group gives exactly the plain bootstrap. Sums run left to right in float64.
 *
 * @param differences after − before for each query, at least one
 * @returns [low, high]; quantiles (1 ∓ confidence) / 2 with linear interpolation
 */
export const bootstrapInterval = (differences: readonly number[], options: BootstrapOptions): [number, number] => {
  const { seed, resamples = RESAMPLES, confidence = 0.95, clusters } = options;
  const next = mulberry32(seed);
  const groups = groupBy(differences, clusters);
  const means = new Float64Array(resamples);
  for (let round = 0; round < resamples; round++) {
    let sum = 0;
    let count = 0;
    for (let draw = 0; draw < groups.length; draw++) {
      const group = at(groups, drawIndex(next, groups.length));
      for (const difference of group) sum += difference;
      count += group.length;
    }
    means[round] = sum / count;
  }
  means.sort();
  const tail = (1 - confidence) / 2;
  return [quantile(means, tail), quantile(means, 1 - tail)];
};

/** Values of each group, groups by first appearance; every value alone without clusters. */
export const groupBy = (values: readonly number[], clusters?: readonly number[]): number[][] => {
  if (!clusters) return values.map((value) => [value]);
  const groups = new Map<number, number[]>();
  values.forEach((value, i) => {
    const key = at(clusters, i);
    const group = groups.get(key);
    if (group) group.push(value);
    else groups.set(key, [value]);
  });
  return [...groups.values()];
};

/** Linear interpolation between order statistics, as numpy does by default. */
const quantile = (sorted: Float64Array, p: number): number => {
  const h = p * (sorted.length - 1);
  const k = Math.floor(h);
  const low = at(sorted, k);
  return k + 1 < sorted.length ? low + (h - k) * (at(sorted, k + 1) - low) : low;
};
