import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson, createHasher, sha256Hex } from "./hashing.ts";

test("equals Node's SHA-256, in one piece and in many", () => {
  expect(sha256Hex("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (pieces) => {
      const expected = createHash("sha256").update(Buffer.concat(pieces)).digest("hex");
      const hasher = createHasher();
      for (const piece of pieces) hasher.update(piece);
      expect(hasher.hex()).toBe(expected);
    }),
    { numRuns: 30 },
  );
});

test("canonical JSON does not depend on key order", () => {
  expect(canonicalJson({ b: [{ y: 1, x: undefined, w: null }], a: "é" })).toBe('{"a":"é","b":[{"w":null,"y":1}]}');
  expect(canonicalJson({ a: 1, b: 2 })).toBe(canonicalJson({ b: 2, a: 1 }));
});
