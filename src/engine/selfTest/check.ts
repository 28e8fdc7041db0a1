import type { SelfTestReport } from "../../domain/training/types.ts";

export type Check = SelfTestReport["checks"][number];

export const check = (name: string, error: number, tolerance: number): Check => ({
  name,
  error,
  tolerance,
  passed: error <= tolerance,
});

/** The largest difference; infinite when a value is not a number or one is missing. */
export const largest = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  if (a.length !== b.length) return Infinity;
  let most = 0;
  for (let i = 0; i < b.length; i++) {
    const difference = Math.abs((a[i] as number) - (b[i] as number));
    if (Number.isNaN(difference)) return Infinity;
    most = Math.max(most, difference);
  }
  return most;
};
