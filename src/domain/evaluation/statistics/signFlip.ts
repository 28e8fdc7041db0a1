import { mulberry32 } from "../../random.ts";
import { groupBy } from "./bootstrap.ts";

export interface SignFlipOptions {
  seed: number;
  permutations?: number;
  /** Group of each query; a group's differences are negated together. */
  clusters?: readonly number[];
}

/** Rounds for which p = 0.05 is known to about ±0.006. */
const PERMUTATIONS = 5_000;

/**
 * Two-sided sign-flip (paired permutation) test: were the differences as likely to have the other sign? (Fisher 1935; for
 * retrieval, Smucker, Allan and Carterette 2007.) p = (rounds at least as extreme + 1) / (rounds + 1).
 */
export const signFlipTest = (differences: readonly number[], options: SignFlipOptions): number => {
  const { seed, permutations = PERMUTATIONS, clusters } = options;
  const next = mulberry32(seed);
  const groups = groupBy(differences, clusters);
  const n = differences.length;
  let total = 0;
  for (const group of groups) for (const difference of group) total += difference;
  const observed = Math.abs(total / n) - 1e-12;
  let extreme = 0;
  for (let round = 0; round < permutations; round++) {
    let sum = 0;
    for (const group of groups) {
      const flip = next() >= 2 ** 31;
      for (const difference of group) sum += flip ? -difference : difference;
    }
    if (Math.abs(sum / n) >= observed) extreme++;
  }
  return (extreme + 1) / (permutations + 1);
};
