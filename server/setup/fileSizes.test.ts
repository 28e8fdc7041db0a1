import { describe, expect, it } from "vitest";
import { oversized } from "./fileSizes.ts";

const file = (path: string, lines: number, first = "// A part.") => ({
  path,
  text: `${[first, ...Array.from({ length: lines - 1 }, () => "x();")].join("\n")}\n`,
});

describe("the check for long files", () => {
  it("lets 300 lines pass and names the file that has 301", () => {
    expect(oversized([file("a.ts", 300), file("b.ts", 40), file("c.ts", 40)])).toEqual([]);
    expect(oversized([file("a.ts", 301), file("b.ts", 40), file("c.ts", 40)])).toEqual([
      expect.stringMatching(/^a\.ts has 301 lines/),
    ]);
  });

  it("takes a reason at the top, and only there", () => {
    const reason = "// Longer than 300 lines: one table of the standard.";
    const late = file("a.ts", 320);
    late.text += `${reason}\n`;
    expect(oversized([file("a.ts", 320, reason), file("b.ts", 9), file("c.ts", 9)])).toEqual([]);
    expect(oversized([file("a.ts", 320, "// Longer than 300 lines:"), file("b.ts", 9), file("c.ts", 9)])).toHaveLength(
      1,
    );
    expect(oversized([late, file("b.ts", 9), file("c.ts", 9)])).toHaveLength(1);
  });

  it("holds the median of what is no test to 80 lines", () => {
    const tests = [file("a.test.ts", 200), file("b.browser.test.tsx", 200), file("c.journey.ts", 200)];
    expect(oversized([...tests, file("a.ts", 10), file("b.ts", 80), file("c.ts", 290)])).toEqual([]);
    expect(oversized([file("a.ts", 10), file("b.ts", 81), file("c.ts", 290)])).toEqual([
      expect.stringMatching(/^The median source file has 81 lines/),
    ]);
  });
});
