/**
 * mulberry32: a small seeded generator of 32-bit numbers, the same in every language. Every draw is one output u; as a
 * fraction it is u / 2^32. Not for secrets.
 */
export const mulberry32 = (seed: number): (() => number) => {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
};

/** Uniform numbers in [0, 1) from the same generator, for those who want fractions. */
export const uniform = (seed: number): (() => number) => {
  const next = mulberry32(seed);
  return () => next() / 2 ** 32;
};

/** A whole number in [0, n) from one draw. */
export const drawIndex = (next: () => number, n: number): number => Math.floor((next() / 2 ** 32) * n);

/** Shuffles in place (Fisher–Yates) with draws of {@link mulberry32} and returns the list. */
export const shuffle = <T>(list: T[], next: () => number): T[] => {
  for (let i = list.length - 1; i > 0; i--) {
    const j = drawIndex(next, i + 1);
    [list[i], list[j]] = [list[j] as T, list[i] as T];
  }
  return list;
};
