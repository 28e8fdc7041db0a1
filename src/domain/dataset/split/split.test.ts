import fc from "fast-check";
import { expect, test } from "vitest";
import { at } from "../../present.ts";
import { mulberry32, shuffle } from "../../random.ts";
import { joinNearDuplicates, normalizeText } from "../../text/index.ts";
import type { PairRow, Split } from "../types.ts";
import { splitDataset } from "./split.ts";

const row = (query: string, positives: string[], negatives: string[] = []): PairRow => ({
  line: 0,
  query,
  positives,
  negatives,
});

/** Distinct texts that are no near duplicates of each other. */
const words = (seed: number): string => {
  const next = mulberry32(seed);
  return Array.from({ length: 8 }, () => next().toString(36)).join(" ");
};
const distinct = (count: number): PairRow[] =>
  Array.from({ length: count }, (_, i) => row(`q ${words(2 * i)}`, [`d ${words(2 * i + 1)}`]));

const textsOf = (rows: PairRow[], side: number[]): Set<string> =>
  new Set(
    side.flatMap((i) => {
      const { query, positives, negatives } = at(rows, i);
      return [query, ...positives, ...negatives].map(normalizeText);
    }),
  );
const sidesOf = (split: Split) => [split.train, split.dev, split.test];

/** Rows over a small vocabulary, so that texts repeat, in varying case and spacing. */
const tangled = fc.array(
  fc.record({
    query: fc.nat(60).map((n) => `${n % 2 ? "Q" : " q"}uestion ${words(n)}`),
    positives: fc.array(
      fc.nat(80).map((n) => `Doc  ${words(1000 + n)}${n % 3 ? "" : "\n"}`),
      { minLength: 1, maxLength: 2 },
    ),
    negatives: fc.array(
      fc.nat(300).map((n) => `doc ${words(1000 + n)}`),
      { maxLength: 1 },
    ),
    line: fc.constant(0),
  }),
  { minLength: 10, maxLength: 60 },
);

test("no normalized text stands on two sides, and every row stands on one", () => {
  let cut = 0;
  fc.assert(
    fc.property(tangled, fc.integer(), (rows, seed) => {
      let split: Split;
      try {
        split = splitDataset(rows, { seed });
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/^(split-one-component|one-query)$/) as string });
        return;
      }
      cut++;
      const [train, dev, held] = sidesOf(split).map((side) => textsOf(rows, side)) as [
        Set<string>,
        Set<string>,
        Set<string>,
      ];
      for (const text of held) expect(train.has(text) || dev.has(text)).toBe(false);
      for (const text of dev) expect(train.has(text)).toBe(false);
      expect(
        sidesOf(split)
          .flat()
          .sort((a, b) => a - b),
      ).toEqual(rows.map((_, i) => i));
      expect(split.test.length).toBeGreaterThan(0);
      expect(split.train.length).toBeGreaterThan(0);
    }),
    { numRuns: 150 },
  );
  expect(cut).toBeGreaterThan(30);
});

test("near duplicates stay together", () => {
  const rows = distinct(40);
  for (let i = 0; i < 20; i += 2) {
    const text = at(at(rows, i).positives, 0);
    rows[i + 1] = row(at(rows, i + 1).query, [`${text.slice(0, -1)}!`]);
    expect(joinNearDuplicates([text, `${text.slice(0, -1)}!`]).find(1)).toBe(0);
  }
  for (let seed = 0; seed < 10; seed++) {
    const split = splitDataset(rows, { seed });
    for (let i = 0; i < 20; i += 2)
      expect(sidesOf(split).some((side) => side.includes(i) && side.includes(i + 1))).toBe(true);
  }
});

test("the same rows and seed give the same sides and hash in any order; another seed does not", () => {
  const rows = distinct(60);
  const split = splitDataset(rows, { seed: 3 });
  expect(split.test).toHaveLength(12);
  expect(split.dev).toHaveLength(6);
  const mixed = shuffle([...rows], mulberry32(9));
  const again = splitDataset(mixed, { seed: 3 });
  expect(again.hash).toBe(split.hash);
  expect(textsOf(mixed, again.test)).toEqual(textsOf(rows, split.test));
  expect(splitDataset(rows, { seed: 4 }).hash).not.toBe(split.hash);
  expect(splitDataset(rows, { seed: 3, dev: 0 }).dev).toEqual([]);
});

test("mined negatives do not change the hash of the split", () => {
  const rows = distinct(30);
  const split = splitDataset(rows, { seed: 1, negatives: "ignore" });
  const mined = rows.map((entry, i) => ({ ...entry, negatives: rows[(i + 1) % rows.length]?.positives ?? [] }));
  expect(splitDataset(mined, { seed: 1, negatives: "ignore" }).hash).toBe(split.hash);
  expect(() => splitDataset(mined, { seed: 1 })).toThrow(
    expect.objectContaining({
      code: "split-one-component",
      message: expect.stringContaining("shared hard negatives") as string,
    }) as Error,
  );
});

test("a separate test file is the test side; rows that leak into it are refused or left out", () => {
  const rows = distinct(40);
  const clean = splitDataset(rows, { seed: 1, testRows: 10, dev: 0.1 });
  expect(clean.test).toEqual([30, 31, 32, 33, 34, 35, 36, 37, 38, 39]);
  expect(clean.dev).toHaveLength(3);
  expect(clean.train).toHaveLength(27);
  rows[5] = row(at(rows, 5).query, [` ${at(rows, 35).positives[0]?.toUpperCase()}`]);
  expect(() => splitDataset(rows, { seed: 1, testRows: 10 })).toThrow(
    expect.objectContaining({ code: "split-leak" }) as Error,
  );
  const left = splitDataset(rows, { seed: 1, testRows: 10, leaks: "leave-out" });
  expect(sidesOf(left).flat()).not.toContain(5);
  expect(sidesOf(left).flat()).toHaveLength(39);
});

test.each([
  ["two pairs", distinct(2), "too-few-pairs"],
  ["no pairs", [], "too-few-pairs"],
  ["one query", distinct(20).map((entry) => ({ ...entry, query: "Same" })), "one-query"],
  ["one document", distinct(20).map((entry) => ({ ...entry, positives: ["the same"] })), "split-one-component"],
])("%s cannot be split, with advice", (_, rows, code) => {
  expect(() => splitDataset(rows, { seed: 1 })).toThrow(
    expect.objectContaining({ code, hint: expect.stringMatching(/\.$/) as string }) as Error,
  );
});

test("one big group goes to train, the small rest is kept for testing", () => {
  const rows = [
    ...distinct(30).map((entry) => ({ ...entry, positives: ["shared by thirty"] })),
    ...distinct(40).slice(36),
  ];
  const split = splitDataset(rows, { seed: 1 });
  expect(split.train.length).toBeGreaterThanOrEqual(30);
  expect(split.test.every((i) => i >= 30)).toBe(true);
  expect(split.test.length).toBeGreaterThan(0);
});

test("in order of time the test is the newest fifth, and no row that shares a text with it is older on another side", () => {
  const rows = shuffle(
    distinct(100).map((one, i) => ({ ...one, judgedAt: 1_000 * i })),
    mulberry32(3),
  );
  // The oldest row asks the newest row's question: the two stay together, in the test.
  const newest = at(
    rows,
    rows.findIndex(({ judgedAt }) => judgedAt === 99_000),
  );
  const oldest = at(
    rows,
    rows.findIndex(({ judgedAt }) => judgedAt === 0),
  );
  oldest.query = newest.query;
  const split = splitDataset(rows, { seed: 42, order: "time" });
  const times = (side: number[]) => side.map((i) => at(rows, i).judgedAt ?? -1).sort((a, b) => a - b);
  expect(times(split.test)).toEqual([0, ...Array.from({ length: 19 }, (_, i) => 81_000 + 1_000 * i)]);
  expect(split.dev).toHaveLength(10);
  expect(splitDataset(rows, { seed: 43, order: "time" }).test).toEqual(split.test);
  expect(splitDataset(rows, { seed: 42 }).test).not.toEqual(split.test);
});
