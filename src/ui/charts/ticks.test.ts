import fc from "fast-check";
import { expect, test } from "vitest";
import { at } from "../../domain/present.ts";
import { compactForms, percentForms } from "./format.ts";
import { distinctLabels, labelledTicks, niceTicks } from "./ticks.ts";

test.each([
  [[0.2, 0.8], {}, [0.2, 0.4, 0.6, 0.8]],
  [[0.001, 0.0042], {}, [0.001, 0.002, 0.003, 0.004, 0.005]],
  [[3, 3], {}, [2.6, 2.8, 3, 3.2, 3.4]],
  [[0.9, 1], { most: 1 }, [0.9, 0.95, 1]],
  [[1, 1], { most: 1 }, [0.9, 0.95, 1]],
  [[0, 0], {}, [0, 0.5, 1]],
  [[0.05, 0.31], { zero: true }, [0, 0.1, 0.2, 0.3, 0.4]],
  [[1, 3], { whole: true, within: true }, [1, 2, 3]],
  [[0, 48], { whole: true, within: true }, [0, 20, 40]],
  [[], {}, [0, 0.5, 1]],
] as const)("ticks of %o with %o", (values, options, expected) => {
  expect(niceTicks([...values], options)).toEqual(expected);
});

test("whatever the values, ticks enclose them and no label stands twice", () => {
  const value = fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }).map((whole) => whole / 1e5);
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 20 }), (values) => {
      const ticks = niceTicks(values);
      expect(at(ticks, 0)).toBeLessThanOrEqual(Math.min(...values) + 1e-9 * Math.abs(Math.min(...values)));
      expect(at(ticks, -1)).toBeGreaterThanOrEqual(Math.max(...values) - 1e-9 * Math.abs(Math.max(...values)));
      expect(ticks.length).toBeLessThanOrEqual(8);
      expect(new Set(ticks.map(distinctLabels(ticks, compactForms))).size).toBe(ticks.length);
    }),
  );
});

test("tiny shares and losses have labels of their own", () => {
  const shares = niceTicks([0.001, 0.0042]);
  expect(shares.map(distinctLabels(shares, percentForms))).toEqual(["0.1 %", "0.2 %", "0.3 %", "0.4 %", "0.5 %"]);
  const losses = niceTicks([1.00001, 1.00004]);
  expect(new Set(losses.map(distinctLabels(losses, compactForms))).size).toBe(losses.length);
  const rates = niceTicks([1e-6, 4e-6]);
  expect(rates.map(distinctLabels(rates, compactForms))).toEqual(["1e-6", "2e-6", "3e-6", "4e-6"]);
});

test.each([
  [
    [1.5, 3],
    ["1.5", "2.0", "2.5", "3.0"],
  ],
  [
    [0, 1.2e-4],
    ["0", "5e-5", "1e-4", "1.5e-4"],
  ],
  [
    [0.2, 0.45],
    ["0.2", "0.3", "0.4", "0.5"],
  ],
  [
    [-0.5, 1],
    ["−0.5", "0.0", "0.5", "1.0"],
  ],
  [
    [0, 12_000],
    ["0", "5,000", "10,000", "15,000"],
  ],
] as const)("the labels of an axis from %o have one form", (values, expected) => {
  const { ticks, label } = labelledTicks(niceTicks([...values]), compactForms);
  expect(ticks.map(label)).toEqual(expected);
});
