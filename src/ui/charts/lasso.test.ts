import { expect, test } from "vitest";
import { fit, inside } from "./lasso.ts";

const corner = [
  { x: 0, y: 0 },
  { x: 4, y: 0 },
  { x: 4, y: 1 },
  { x: 1, y: 1 },
  { x: 1, y: 4 },
  { x: 0, y: 4 },
];

test("a lasso may be concave; a click encloses nothing", () => {
  expect(inside({ x: 0.5, y: 3 }, corner)).toBe(true);
  expect(inside({ x: 3, y: 0.5 }, corner)).toBe(true);
  expect(inside({ x: 3, y: 3 }, corner)).toBe(false);
  expect(inside({ x: 0, y: 0 }, corner.slice(0, 2))).toBe(false);
});

test("fitting keeps proportions and stays inside the box", () => {
  const [a, b, c] = fit(
    [
      { x: 0, y: 0 },
      { x: 10, y: 0 },
      { x: 0, y: 5 },
    ],
    232,
    132,
  );
  expect(Math.hypot(b!.x - a!.x, b!.y - a!.y)).toBeCloseTo(2 * Math.hypot(c!.x - a!.x, c!.y - a!.y), 9);
  for (const { x, y } of [a!, b!, c!]) {
    expect(x).toBeGreaterThanOrEqual(16);
    expect(y).toBeLessThanOrEqual(116);
  }
  expect(fit([{ x: 3, y: 3 }], 100, 50)).toEqual([{ x: 50, y: 25 }]);
});
