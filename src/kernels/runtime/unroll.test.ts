import { expect, it } from "vitest";
import { unroll } from "./unroll.ts";

it("repeats nested blocks by number and by name", () => {
  const text = "a\n//#each m ROWS\nb$m\n  //#each n 2\n  c$m$n\n  //#end\n//#end\nd";
  expect(unroll(text, { ROWS: 2 })).toBe("a\nb0\n  c00\n  c01\nb1\n  c10\n  c11\nd");
});

it("refuses a bound that it does not know", () => {
  expect(() => unroll("//#each m ROWS\n//#end", {})).toThrow("ROWS");
});
