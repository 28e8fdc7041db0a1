import fc from "fast-check";
import { expect, test } from "vitest";
import { toBins } from "./bins.ts";

test("property: every finite value is counted once, within the bin that names it", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -500, max: 40_000 }), { maxLength: 300 }), (values) => {
      const bins = toBins(values);
      expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(values.length);
      expect(bins.length).toBeLessThanOrEqual(32);
      for (const { from, to, count } of bins)
        expect(values.filter((value) => value >= from && value < to)).toHaveLength(count);
    }),
  );
});

test("readable edges; one value; nothing; what is not a number is left out", () => {
  expect(toBins([3, 151]).slice(0, 2)).toEqual([
    { from: 0, to: 5, count: 1 },
    { from: 5, to: 10, count: 0 },
  ]);
  expect(toBins([7])).toEqual([{ from: 7, to: 8, count: 1 }]);
  expect(toBins([])).toEqual([]);
  expect(toBins([Number.NaN, 2])).toEqual([{ from: 2, to: 3, count: 1 }]);
});
