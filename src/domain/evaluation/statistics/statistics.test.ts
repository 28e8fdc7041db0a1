import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { at } from "../../present.ts";
import { drawIndex, mulberry32 } from "../../random.ts";
import { queryMetrics, meanMetrics } from "../metrics.ts";
import type { Comparison, RetrievalEvaluation } from "../types.ts";
import { bootstrapInterval } from "./bootstrap.ts";
import { compare, compareAll } from "./compare.ts";
import { detectableChange, minimumDetectableEffect, plannedDetectableEffect } from "./detectable.ts";
import { signFlipTest } from "./signFlip.ts";
import { besideWordsSentence } from "./beside.ts";
import { mixingSentence } from "./mixing.ts";
import { ceilingNote, isUnchanged, verdictSentence } from "./verdict.ts";

interface Case {
  name: string;
  before: number[];
  after: number[];
  mean_difference: number;
  bootstrap: {
    seed: number;
    resamples: number;
    confidence: number;
    interval: [number, number];
    first_resample_indices: number[];
  };
  sign_flip: { seed: number; permutations: number; p_value: number; first_signs_negative: number[] };
}
const file = new URL("../../../testing/fixtures/statistics/statistics.json", import.meta.url);
const fixture = JSON.parse(readFileSync(file, "utf8")) as { mulberry32: Record<string, number[]>; cases: Case[] };

test("mulberry32 gives the reference numbers", () => {
  for (const [seed, expected] of Object.entries(fixture.mulberry32)) {
    const next = mulberry32(Number(seed));
    expect(expected.map(() => next())).toEqual(expected);
  }
});

describe.each(fixture.cases.map((c) => [c.name, c] as const))("reference case %s", (_, c) => {
  const differences = c.after.map((value, i) => value - at(c.before, i));
  test("the interval is equal to the last bit, also with one query a cluster", () => {
    expect(bootstrapInterval(differences, c.bootstrap)).toEqual(c.bootstrap.interval);
    const clusters = differences.map((__, i) => 1000 - i);
    expect(bootstrapInterval(differences, { ...c.bootstrap, clusters })).toEqual(c.bootstrap.interval);
    const next = mulberry32(c.bootstrap.seed);
    expect(differences.map(() => drawIndex(next, differences.length))).toEqual(c.bootstrap.first_resample_indices);
  });
  test("the p-value is equal to the last bit", () => {
    expect(signFlipTest(differences, c.sign_flip)).toBe(c.sign_flip.p_value);
    const next = mulberry32(c.sign_flip.seed);
    expect(differences.map(() => Number(next() >= 2 ** 31))).toEqual(c.sign_flip.first_signs_negative);
  });
});

const evaluation = (ranks: (number | null)[], extra: Partial<RetrievalEvaluation> = {}): RetrievalEvaluation => {
  const perQuery = ranks.map((rank, query) => {
    const hits = Array.from({ length: 100 }, (_, i) => i + 1 === rank);
    return { query, bestRank: rank, top: [], scores: [], metrics: queryMetrics(hits, 1), component: query };
  });
  const metrics = meanMetrics(perQuery.map((result) => result.metrics));
  return { label: "x", metrics, perQuery, queries: ranks.length, corpus: 100, splitHash: "s", seconds: 0, ...extra };
};
const ranks = (count: number, hits: number): (number | null)[] =>
  Array.from({ length: count }, (_, i) => (i < hits ? 2 : null));

test("a clear gain improves, the reverse regresses, a small one is inconclusive", () => {
  const [low, high, slight] = [evaluation(ranks(120, 60)), evaluation(ranks(120, 80)), evaluation(ranks(120, 62))];
  expect(compare(low, high, "recall@10")).toMatchObject({
    verdict: "improved",
    queries: 120,
    groups: 120,
    baseline: 0.5,
  });
  expect(compare(high, low, "recall@10").verdict).toBe("regressed");
  const small = compare(low, slight, "recall@10");
  expect(small.verdict).toBe("inconclusive");
  expect(small.delta).toBeLessThan(small.minimumDetectableEffect);
  expect(compareAll(low, high).map((c) => c.metric)).toContain("map@100");
});

test("queries of one component count as one: the same gain from few groups is inconclusive", () => {
  const clumped = (list: RetrievalEvaluation) => ({
    ...list,
    perQuery: list.perQuery.map((result) => ({ ...result, component: Math.floor(result.query / 40) })),
  });
  const result = compare(clumped(evaluation(ranks(120, 60))), clumped(evaluation(ranks(120, 80))), "recall@10");
  expect(result).toMatchObject({ verdict: "inconclusive", groups: 3 });
  const wide = compare(evaluation(ranks(120, 60)), evaluation(ranks(120, 80)), "recall@10");
  expect(result.minimumDetectableEffect).toBeGreaterThan(wide.minimumDetectableEffect);
});

test("different splits, corpora or questions are refused with the reason", () => {
  const a = evaluation(ranks(20, 10));
  const refuse = (b: RetrievalEvaluation, code: string) =>
    expect(() => compare(a, b, "recall@10")).toThrow(expect.objectContaining({ code }) as Error);
  refuse({ ...a, splitHash: "other" }, "different-splits");
  refuse({ ...a, corpus: 99 }, "different-tasks");
  refuse({ ...evaluation(ranks(21, 10)) }, "different-tasks");
  expect(() => compare({ ...a, taskHash: "1" }, { ...a, taskHash: "2" }, "recall@10")).toThrow("different documents");
  expect(() => compare(evaluation([]), evaluation([]), "recall@10")).toThrow("no test question");
});

test("the minimum detectable effect follows the formula and shrinks with more queries", () => {
  const d = [1, 0, 0, -1, 1, 0, 0, 0, 0, 1];
  const mean = 0.2;
  const deviation = Math.sqrt(d.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 9);
  expect(minimumDetectableEffect(d)).toBeCloseTo((2.8015852181129683 * deviation) / Math.sqrt(10), 12);
  expect(minimumDetectableEffect(new Array<number>(100).fill(0))).toBeCloseTo(0.028015852, 8);
  expect(minimumDetectableEffect([0.5])).toBe(1);
  expect(plannedDetectableEffect(400)).toBeLessThan(plannedDetectableEffect(100));
  expect(plannedDetectableEffect(120)).toBeCloseTo(0.1144, 4);
});

test("after a run the measured figure is shown, and a small one where next to nothing changed", () => {
  const about = (own: number) =>
    detectableChange({
      ...compare(evaluation(ranks(120, 60)), evaluation(ranks(120, 80)), "recall@10"),
      groups: 78,
      minimumDetectableEffect: own,
    });
  expect(about(0.0732)).toBe(0.0732);
  expect(about(0.004)).toBeCloseTo(0.0709, 4);
  expect(about(0.0732)).toBeLessThan(plannedDetectableEffect(78));
});

test("a true effect of that size is found in about 80 % of samples", () => {
  const next = mulberry32(5);
  const sample = (effect: number, n: number) =>
    Array.from({ length: n }, () => {
      const u = next() / 2 ** 32;
      return u < 0.1 + effect / 2 ? 1 : u > 0.9 + effect / 2 ? -1 : 0;
    });
  const effect = plannedDetectableEffect(150);
  let found = 0;
  for (let round = 0; round < 200; round++)
    if (signFlipTest(sample(effect, 150), { seed: round, permutations: 400 }) < 0.05) found++;
  expect(found / 200).toBeGreaterThan(0.7);
  expect(found / 200).toBeLessThan(0.9);
});

test("the interval is ordered and lies within the differences", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 40 }),
      fc.integer(),
      (d, seed) => {
        const [low, high] = bootstrapInterval(d, { seed, resamples: 200 });
        expect(low).toBeLessThanOrEqual(high);
        expect(low).toBeGreaterThanOrEqual(Math.min(...d) - 1e-12);
        expect(high).toBeLessThanOrEqual(Math.max(...d) + 1e-12);
      },
    ),
  );
});

const base: Comparison = {
  metric: "recall@10",
  baseline: 0.5,
  tuned: 0.53,
  delta: 0.03,
  interval: [-0.01, 0.07],
  pValue: 0.2,
  minimumDetectableEffect: 0.06,
  verdict: "inconclusive",
  queries: 120,
};
test.each([
  [{}, "Not decided: 120 queries can only show a change of 6 points or more; the measured change is +3.0."],
  [{ delta: 0, interval: [0, 0] }, "No change: recall@10 is the same as before on each of 120 queries."],
  [{ delta: 0 }, "Not decided: 120 queries can only show a change of 6 points or more; no change was measured."],
  [
    { delta: -0.012 },
    "Not decided: 120 queries can only show a change of 6 points or more; the measured change is −1.2.",
  ],
  [
    { delta: 0.12 },
    "Not decided: recall@10 changed by +12.0 on 120 queries, but a few queries make up most of it, so it may be chance.",
  ],
  [
    { verdict: "improved", delta: 0.105, interval: [0.041, 0.163], queries: 1200 },
    "Improved: recall@10 rose by 10.5 points on 1,200 queries; the true gain is very likely between +4.1 and +16.3.",
  ],
  [
    { verdict: "regressed", delta: -0.01, interval: [-0.019, -0.001] },
    "Worse: recall@10 fell by 1.0 points on 120 queries; the true change is very likely between −1.9 and −0.1.",
  ],
] as [Partial<Comparison>, string][])("verdict %#", (change, sentence) => {
  expect(verdictSentence({ ...base, ...change })).toBe(sentence);
});

test.each([
  [{ delta: 0, interval: [0, 0] }, "No difference: BM25 and Baseline have the same recall@10 on each of 120 queries."],
  [
    { delta: 0 },
    "Not decided between BM25 and Baseline: 120 queries can only show a difference of 6 points or more; no difference was measured.",
  ],
  [
    { verdict: "improved", delta: 0.2, interval: [0.1, 0.3] },
    "BM25 is better than Baseline: its recall@10 is 20.0 points higher on 120 queries; the true difference is very likely between +10.0 and +30.0.",
  ],
] as [Partial<Comparison>, string][])(
  "the verdict on two systems speaks of neither as a change %#",
  (change, sentence) => {
    expect(verdictSentence({ ...base, ...change }, { model: "BM25", reference: "Baseline" })).toBe(sentence);
  },
);

test("no change is told from not decided, and a ranking that holds every document from one that had to choose", () => {
  expect(isUnchanged({ delta: 0, interval: [0, 0] })).toBe(true);
  expect(isUnchanged({ delta: 0, interval: [-0.02, 0.02] })).toBe(false);
  expect(ceilingNote(11)).toBeNull();
  expect(ceilingNote(10)).toContain("With 10 documents, every answer is among the first 10");
  expect(ceilingNote(1)).toContain("With 1 document,");
});

test.each([
  [
    { verdict: "regressed", baseline: 0.8375, tuned: 0.7375 },
    "Mixing words in costs here: recall@10 83.8 % with the tuned model alone, 73.8 % with hybrid search (+3.0 points, 95 % interval −1.0 to +7.0). Search by vectors alone.",
  ],
  [
    { verdict: "improved", baseline: 0.43, tuned: 0.5 },
    "Mixing words in helps here: recall@10 43.0 % with the tuned model alone, 50.0 % with hybrid search (+3.0 points, 95 % interval −1.0 to +7.0). Search by both.",
  ],
  [
    {},
    "Whether mixing words in helps or costs is not decided: recall@10 50.0 % with the tuned model alone, 53.0 % with hybrid search (+3.0 points, 95 % interval −1.0 to +7.0).",
  ],
  [{ delta: 0, interval: [0, 0] }, null],
] as [Partial<Comparison>, string | null][])("what mixing words in does to the tuned model %#", (change, sentence) => {
  expect(mixingSentence({ ...base, ...change })).toBe(sentence);
});

test.each([
  [
    { verdict: "improved", delta: 0.03, interval: [0.01, 0.05] },
    "BM25 alone reaches 50.0 % on recall@10, the tuned model 53.0 % (+3.0 points, 95 % interval +1.0 to +5.0).",
  ],
  [
    { interval: [-0.01, 0.07] },
    "BM25 alone reaches 50.0 % on recall@10, the tuned model 53.0 % (+3.0 points, 95 % interval −1.0 to +7.0): which is better is not decided.",
  ],
  [
    { tuned: 0.5, delta: 0, interval: [0, 0] },
    "BM25 alone reaches 50.0 % on recall@10, the tuned model 50.0 %: the same on each query.",
  ],
] as [Partial<Comparison>, string][])("how word matching stands to the tuned model %#", (change, sentence) => {
  expect(besideWordsSentence({ ...base, ...change }, "the tuned model")).toBe(sentence);
});
