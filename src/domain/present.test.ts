import { expect, test } from "vitest";
import { at, entry, present } from "./present.ts";

test("finds items from both ends, also those that are falsy", () => {
  expect([at([7, 0], 1), at([7, 0], -2), at(Float32Array.of(0.5), -1)]).toEqual([0, 7, 0.5]);
  expect(entry(new Map([["a", ""]]), "a")).toBe("");
  expect(present(0, "number")).toBe(0);
});

test("a miss says what is missing", () => {
  expect(() => at([1], 1)).toThrow("There is no item 1 in a list of 1.");
  expect(() => at([], -1)).toThrow(RangeError);
  expect(() => entry(new Map<string, number>(), "norm.weight")).toThrow("There is no entry norm.weight.");
  expect(() => present(null, "tuned model")).toThrow("There is no tuned model.");
});
