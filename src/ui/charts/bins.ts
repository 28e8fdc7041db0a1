import { at } from "../../domain/present.ts";
/** A half-open range [from, to) of a histogram; the last one includes its end. */
export interface Bin {
  from: number;
  to: number;
  count: number;
}

/**
 * Equal, whole-numbered bins over the values, at most `limit` of them: widths are 1, 2 or 5 times a power of ten, so that
 * their edges can be read. Values that are not finite are left out. No values give no bins.
 */
export const toBins = (values: ArrayLike<number>, limit = 30): Bin[] => {
  const finite = Array.from(values).filter(Number.isFinite);
  if (!finite.length) return [];
  let [low, high] = [at(finite, 0), at(finite, 0)];
  for (const value of finite) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const width = niceWidth((high - low) / limit || 1);
  const start = Math.floor(low / width) * width;
  const count = Math.max(1, Math.floor((high - start) / width) + 1);
  const bins = Array.from({ length: count }, (_, index) => ({
    from: start + index * width,
    to: start + (index + 1) * width,
    count: 0,
  }));
  for (const value of finite) at(bins, Math.min(count - 1, Math.floor((value - start) / width))).count++;
  return bins;
};

const niceWidth = (least: number): number => {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, least)));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= least) ?? 10);
};
