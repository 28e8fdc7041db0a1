import fc from "fast-check";
import { expect, test } from "vitest";
import { compareCodePoints, hasLoneSurrogate, hasText, normalizeText, sha256List, sha256Text } from "./index.ts";

const unicode = fc.string({ unit: "binary" });

test("normalizing twice changes nothing", () => {
  fc.assert(
    fc.property(unicode, (text) => {
      const once = normalizeText(text);
      expect(normalizeText(once)).toBe(once);
    }),
    { numRuns: 2000 },
  );
});

test("case, spacing, width and invisible characters do not make another text; punctuation does", () => {
  expect(normalizeText("  What\tis\u00a0a Vec?\n")).toBe("what is a vec?");
  expect(normalizeText("Ｆｕｌｌ ｗｉｄｔｈ")).toBe("full width");
  expect(normalizeText("cafe\u0301\u200b")).toBe(normalizeText("CAFÉ"));
  expect(normalizeText("C++")).not.toBe(normalizeText("C"));
});

test("strings sort by code point like Python's", () => {
  const codePoints = (text: string) => Array.from(text, (c) => c.codePointAt(0) as number);
  const byArrays = (a: string, b: string) => {
    const [x, y] = [codePoints(a), codePoints(b)];
    for (let i = 0; i < Math.min(x.length, y.length); i++) if (x[i] !== y[i]) return (x[i] ?? 0) - (y[i] ?? 0);
    return x.length - y.length;
  };
  fc.assert(fc.property(unicode, unicode, (a, b) => Math.sign(compareCodePoints(a, b)) === Math.sign(byArrays(a, b))));
  expect(["\u{1d4b3}", "\ufb01", "z"].sort(compareCodePoints)).toEqual(["z", "\ufb01", "\u{1d4b3}"]);
});

test("half surrogate pairs and empty texts are seen", () => {
  expect(hasLoneSurrogate("a\ud800b")).toBe(true);
  expect(hasLoneSurrogate("\u{1f600}")).toBe(false);
  expect(hasText(" \n\u200b\ufeff")).toBe(false);
  expect(hasText(" x ")).toBe(true);
});

test("hashes are SHA-256 of UTF-8, and lists keep their borders", () => {
  expect(sha256Text("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  expect(sha256List(["ab", "c"])).not.toBe(sha256List(["a", "bc"]));
});
