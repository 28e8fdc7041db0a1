import { expect, test } from "vitest";
import { duration, rate, roughDuration } from "./format.ts";

test("speeds show no more digits than they are steady", () => {
  expect([0.01234, 2.499, 16.07, 99.6, 100.4, 1204.3].map(rate)).toEqual(["0.012", "2.5", "16", "100", "100", "1,204"]);
});

test("durations", () => {
  expect([0.4, 45, 200, 180, 7500].map(duration)).toEqual(["0 s", "45 s", "3 min 20 s", "3 min", "2 h 05 min"]);
});

test("times that are only about right show no more digits than that", () => {
  expect([2, 41, 58, 200, 3590, 5000].map(roughDuration)).toEqual([
    "5 s",
    "45 s",
    "1 min",
    "3 min",
    "1 h 00 min",
    "1 h 20 min",
  ]);
});
