import { expect, test } from "vitest";
import { quantile } from "./quantile.ts";

test("nearest rank: the smallest value that at least a share p does not exceed", () => {
  const values = [40, 10, 30, 20];
  expect([0, 0.25, 0.26, 0.5, 0.95, 1].map((p) => quantile(values, p))).toEqual([10, 10, 20, 20, 40, 40]);
  expect(() => quantile([], 0.5)).toThrow(RangeError);
});
