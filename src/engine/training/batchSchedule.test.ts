import { describe, expect, test } from "vitest";
import { at } from "../../domain/present.ts";
import { scheduleBatches } from "./batchSchedule.ts";
import type { TokenizedExamples, TokenizedRow } from "./examples.ts";
import { learningRateAt } from "./learningRate.ts";

/** Rows by text numbers; sequence i has i + 1 tokens. */
const examplesOf = (rows: [number, number, ...number[]][]): TokenizedExamples => {
  const size = Math.max(...rows.flat()) + 1;
  return {
    sequences: Array.from({ length: size }, (_, i) => new Int32Array(i + 1)),
    identity: Array.from({ length: size }, (_, i) => i),
    rows: rows.map(([query, positive, ...negatives]): TokenizedRow => ({ query, positive, negatives })),
    knownPositives: new Map(),
    truncated: 0,
  };
};
const distinct = examplesOf(Array.from({ length: 20 }, (_, i) => [2 * i, 2 * i + 1]));
const settings = { epochs: 2, batchSize: 6, chunkSize: 4, seed: 1, shuffle: true, warmupRatio: 0.1 };
const rowsOf = (steps: { chunks: number[][] }[]): number[] =>
  steps.flatMap(({ chunks }) => chunks.flat()).sort((a, b) => a - b);

describe("scheduleBatches", () => {
  test("sees every row once an epoch, in the order of the seed", () => {
    const schedule = scheduleBatches(distinct, settings);
    const all = Array.from({ length: 20 }, (_, i) => i);
    for (const epoch of [0, 1]) expect(rowsOf(schedule.steps.filter((step) => step.epoch === epoch))).toEqual(all);
    expect(scheduleBatches(distinct, settings)).toEqual(schedule);
    expect(scheduleBatches(distinct, { ...settings, seed: 2 })).not.toEqual(schedule);
  });

  test("keeps file order when it is not to shuffle, the last batch shorter", () => {
    const { steps, warmupSteps } = scheduleBatches(distinct, { ...settings, shuffle: false, epochs: 1, chunkSize: 6 });
    expect(steps.map(({ chunks }) => chunks.flat())).toEqual([
      [0, 1, 2, 3, 4, 5],
      [6, 7, 8, 9, 10, 11],
      [12, 13, 14, 15, 16, 17],
      [18, 19],
    ]);
    expect(warmupSteps).toBe(0);
  });

  test("puts no text twice into a batch", () => {
    const repeated = examplesOf(Array.from({ length: 24 }, (_, i) => [i % 5, 30 + (i % 7), 60 + i]));
    const { steps } = scheduleBatches(repeated, { ...settings, epochs: 1 });
    expect(rowsOf(steps)).toHaveLength(24);
    for (const { chunks } of steps) {
      const texts = chunks
        .flat()
        .flatMap((row) => [
          at(repeated.rows, row).query,
          at(repeated.rows, row).positive,
          ...at(repeated.rows, row).negatives,
        ]);
      expect(new Set(texts).size).toBe(texts.length);
    }
  });

  test("spreads a rest over the batches of its epoch, and leaves batches that divide the rows as they were", () => {
    const sizes = (count: number, batchSize: number) =>
      scheduleBatches(examplesOf(Array.from({ length: count }, (_, i) => [2 * i, 2 * i + 1])), {
        ...settings,
        epochs: 1,
        batchSize,
        chunkSize: batchSize,
      }).steps.map(({ chunks }) => chunks.flat().length);
    expect(sizes(68, 64)).toEqual([34, 34]);
    expect(sizes(100, 32)).toEqual([25, 25, 25, 25]);
    expect(sizes(131, 64)).toEqual([44, 44, 43]);
    expect(sizes(96, 32)).toEqual([32, 32, 32]);
    // Three questions a passage: rows that share it stay apart, and no batch is left with a handful.
    const shared = examplesOf(Array.from({ length: 66 }, (_, i) => [i, 100 + Math.floor(i / 3)]));
    const batches = scheduleBatches(shared, { ...settings, epochs: 1, batchSize: 16 }).steps.map(({ chunks }) =>
      chunks.flat(),
    );
    expect(Math.min(...batches.map(({ length }) => length))).toBeGreaterThanOrEqual(10);
    for (const batch of batches) expect(new Set(batch.map((row) => Math.floor(row / 3))).size).toBe(batch.length);
    expect(batches.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 66 }, (_, i) => i));
  });

  test("cuts chunks of equal pair counts and about equal tokens; the largest fits the capacity", () => {
    const { steps, capacity } = scheduleBatches(distinct, { ...settings, batchSize: 20, chunkSize: 5, epochs: 1 });
    const tokens = at(steps, 0).chunks.map((chunk) =>
      chunk.reduce((sum, row) => sum + (2 * row + 1) + (2 * row + 2), 0),
    );
    expect(at(steps, 0).chunks.map(({ length }) => length)).toEqual([5, 5, 5, 5]);
    expect(Math.max(...tokens) / Math.min(...tokens)).toBeLessThan(1.1);
    expect(capacity).toBe(Math.ceil(Math.max(...tokens) / 64) * 64);
  });

  test("refuses data in which no batch has a wrong document", () => {
    const same = examplesOf([
      [0, 1],
      [0, 2],
      [0, 1],
    ]);
    expect(() => scheduleBatches(same, settings)).toThrow(expect.objectContaining({ code: "dataset-too-small" }));
    expect(
      scheduleBatches(
        examplesOf([
          [0, 1, 3],
          [0, 2, 4],
        ]),
        settings,
      ).steps,
    ).toHaveLength(4);
  });
});

test("the rate rises from zero and falls to zero", () => {
  const rates = Array.from({ length: 30 }, (_, step) => learningRateAt(step, 30, 3, 1e-3));
  expect(rates.slice(0, 4)).toEqual([0, 1e-3 / 3, 2e-3 / 3, 1e-3].map((rate) => expect.closeTo(rate, 12)));
  expect(rates[29]).toBeCloseTo(1e-3 / 27, 12);
  expect(learningRateAt(0, 5, 0, 1)).toBe(1);
});
