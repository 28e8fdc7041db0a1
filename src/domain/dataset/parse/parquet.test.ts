import fc from "fast-check";
import { parquetWriteBuffer } from "hyparquet-writer";
import { expect, test } from "vitest";
import { parsePairs } from "../../../testing/parsePairs.ts";
import { at } from "../../present.ts";
import { plainValue } from "./plainValue.ts";

const DAY = new Date("2024-05-06T07:08:09Z");

test("a bad row prints whatever its columns hold, and the others are taken", async () => {
  const buffer = parquetWriteBuffer({
    columnData: [
      { name: "query", data: ["q1", null, "q3"], type: "STRING", nullable: true },
      { name: "positive", data: ["p1", "p2", "p3"], type: "STRING" },
      { name: "long", data: [1n, 2n ** 62n, 3n], type: "INT64" },
      { name: "when", data: [DAY, DAY, DAY], type: "TIMESTAMP" },
      { name: "raw", data: [Uint8Array.of(1), Uint8Array.of(0xff, 0xfe), Uint8Array.of(2)], type: "BYTE_ARRAY" },
      { name: "nested", data: [{ a: [1] }, { a: [{ b: null }] }, null], type: "JSON", nullable: true },
      { name: "rate", data: [0.5, Number.NaN, 1], type: "DOUBLE" },
    ],
  });
  const parsed = await parsePairs(new Uint8Array(buffer), "a.parquet", { score: null }, 4096);
  expect(parsed.rows.map(({ line }) => line)).toEqual([1, 3]);
  expect(parsed.badLines).toHaveLength(1);
  expect(JSON.parse(at(parsed.badLines, 0).text)).toEqual({
    query: null,
    positive: "p2",
    long: "4611686018427387904",
    when: DAY.toISOString(),
    raw: expect.any(String),
    nested: { a: [{ b: null }] },
    rate: null,
  });
});

test("labels of 64-bit whole numbers part the pairs", async () => {
  const buffer = parquetWriteBuffer({
    columnData: [
      { name: "sentence1", data: ["a", "a", "b"], type: "STRING" },
      { name: "sentence2", data: ["right", "wrong", "other"], type: "STRING" },
      { name: "label", data: [1n, 0n, 1n], type: "INT64" },
    ],
  });
  const parsed = await parsePairs(new Uint8Array(buffer), "a.parquet", null, 4096);
  expect(parsed.rows.map(({ positives, negatives }) => [positives, negatives])).toEqual([
    [["right"], ["wrong"]],
    [["other"], []],
  ]);
});

test("every value a column can hold becomes one that JSON can write", () => {
  const value = fc.letrec((tie) => ({
    leaf: fc.oneof(
      fc.bigInt(),
      fc.double(),
      fc.date({ noInvalidDate: false }),
      fc.uint8Array(),
      fc.float32Array(),
      fc.bigInt64Array(),
      fc.string(),
      fc.boolean(),
      fc.constant(undefined),
      fc.constant(null),
    ),
    tree: fc.oneof(
      { maxDepth: 3 },
      tie("leaf"),
      fc.array(tie("tree")),
      fc.dictionary(fc.string(), tie("tree")),
      fc.array(fc.tuple(fc.string(), tie("tree"))).map((entries) => new Map(entries)),
    ),
  })).tree;
  fc.assert(
    fc.property(value, (found) => {
      const plain = plainValue(found);
      expect(JSON.stringify(JSON.parse(JSON.stringify(plain)))).toBe(JSON.stringify(plain));
    }),
  );
});

test("whole numbers, bytes and dates read as people write them", () => {
  expect(
    plainValue([5n, 2n ** 60n, new TextEncoder().encode("ü"), Uint8Array.of(0xff), new Date(Number.NaN), Infinity]),
  ).toEqual([5, "1152921504606846976", "ü", "ff", null, null]);
});
