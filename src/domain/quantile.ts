import { at } from "./present.ts";

/** The p-quantile of at least one number, by nearest rank: a value that occurs. */
export const quantile = (values: ArrayLike<number>, p: number): number =>
  quantileOfSorted(Float64Array.from(values).sort(), p);

/** {@link quantile} of numbers that are sorted already. */
export const quantileOfSorted = (sorted: ArrayLike<number>, p: number): number =>
  at(sorted, Math.min(sorted.length - 1, Math.max(0, Math.ceil(p * sorted.length) - 1)));
