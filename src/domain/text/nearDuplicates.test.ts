import fc from "fast-check";
import { expect, test } from "vitest";
import { at } from "../present.ts";
import { mulberry32 } from "../random.ts";
import { joinNearDuplicates, NEAR_DUPLICATE } from "./index.ts";

const shingles = (text: string): Set<string> => {
  const size = NEAR_DUPLICATE.shingle;
  return new Set(Array.from({ length: Math.max(1, text.length - size + 1) }, (_, i) => text.slice(i, i + size)));
};
const jaccard = (a: string, b: string): number => {
  const [x, y] = [shingles(a), shingles(b)];
  const common = [...x].filter((s) => y.has(s)).length;
  return common / (x.size + y.size - common);
};

const words = (next: () => number, count: number): string[] =>
  Array.from({ length: count }, () => (next() % 5000).toString(36) + (next() % 700).toString(36));

test("planted near duplicates of every length are found, unrelated texts are not joined", () => {
  const next = mulberry32(7);
  const texts: string[] = [];
  const pairs: [number, number][] = [];
  for (let i = 0; i < 2_000; i++) {
    const original = words(next, 4 + (next() % 60));
    const copy = [...original];
    copy[next() % copy.length] = at(words(next, 1), 0);
    pairs.push([texts.push(original.join(" ")) - 1, texts.push(copy.join(" ")) - 1]);
  }
  const sets = joinNearDuplicates(texts);
  const near = pairs.filter(([a, b]) => jaccard(at(texts, a), at(texts, b)) >= NEAR_DUPLICATE.threshold);
  const found = near.filter(([a, b]) => sets.find(a) === sets.find(b));
  expect(near.length).toBeGreaterThan(500);
  expect(found.length / near.length).toBeGreaterThan(0.985);
  const far = pairs.filter((pair) => !near.includes(pair));
  expect(far.every(([a, b]) => sets.find(a) !== sets.find(b))).toBe(true);
  for (let i = 0; i + 2 < texts.length; i += 2) expect(sets.find(i)).not.toBe(sets.find(i + 2));
});

test("two texts are joined only when their exact similarity reaches the threshold", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", " ", "語"), minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(text, text, (a, b) => {
      fc.pre(a !== b);
      const sets = joinNearDuplicates([a, b]);
      if (sets.find(0) === sets.find(1)) expect(jaccard(a, b)).toBeGreaterThanOrEqual(NEAR_DUPLICATE.threshold);
    }),
    { numRuns: 500 },
  );
});
