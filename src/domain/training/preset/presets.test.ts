import { cutSentence } from "./cut.ts";
import { describe, expect, test } from "vitest";
import type { ModelConfig } from "../../modelConfig.ts";
import { QWEN3_EMBEDDING_06B, SMALL_BASE, TINY_BASE } from "../../bases.ts";
import { pairTokens, peakRate, planPreset, plannedSteps, UNKNOWN_SIZE, type PresetName } from "./presets.ts";
import { softwareSeconds } from "./softwareSpeed.ts";
import { littleDataSentence, presetSentence, settingsSentence } from "./words.ts";

const NAMES: PresetName[] = ["fast", "balanced", "thorough"];
const size = (pairs: number, documents = pairs, slow = false) => ({ pairs, documents, tokensPerPair: 90, slow });
const plan = (name: PresetName, pairs: number, documents?: number) =>
  planPreset(name, SMALL_BASE.config, size(pairs, documents)).values;

describe("a preset plans by the data", () => {
  test.each([70, 150, 324, 900])("balanced makes about 100 steps of %i pairs", (pairs) => {
    const values = plan("balanced", pairs);
    expect(plannedSteps(pairs, values)).toBeGreaterThanOrEqual(84);
    expect(plannedSteps(pairs, values)).toBeLessThanOrEqual(160);
    expect(values.epochs).toBeLessThanOrEqual(20);
  });

  test("a hundred pairs are seen twenty times, in batches with as many negatives as larger data has", () => {
    expect(plan("balanced", 90)).toMatchObject({ batchSize: 32, epochs: 20 });
    expect(plan("balanced", 70)).toMatchObject({ batchSize: 16, epochs: 20 });
  });

  test("more pairs mean larger batches and fewer passes, never fewer than three", () => {
    expect([100, 1_000, 5_000, 50_000].map((pairs) => plan("balanced", pairs).batchSize)).toEqual([32, 32, 64, 128]);
    expect([100, 1_000, 5_000].map((pairs) => plan("balanced", pairs).epochs)).toEqual([20, 4, 3]);
  });

  test("thorough makes more steps than balanced, balanced more than fast", () => {
    for (const pairs of [50, 300, 2_000]) {
      const [fast = 0, balanced = 0, thorough = 0] = NAMES.map((name) => {
        const values = plan(name, pairs);
        return plannedSteps(pairs, values) * values.batchSize;
      });
      expect(balanced).toBeGreaterThan(fast);
      expect(thorough).toBeGreaterThanOrEqual(balanced);
    }
  });

  test("dev is scored 3 to 20 times, seldom where a scoring is dear, and patience spans a third of the run", () => {
    for (const [pairs, documents] of [
      [90, 100],
      [900, 400],
      [2_000, 2_000],
      [500, 1_000_000],
    ] as const) {
      const values = plan("balanced", pairs, documents);
      const steps = plannedSteps(pairs, values);
      const scorings = steps / values.evaluateEvery;
      expect(scorings).toBeGreaterThan(2.5);
      expect(scorings).toBeLessThanOrEqual(20);
      expect(values.patience).toBeGreaterThanOrEqual(3);
      if (scorings > 10) expect(values.patience * values.evaluateEvery).toBeGreaterThanOrEqual(0.3 * steps);
    }
    expect(plan("balanced", 900, 20_000).evaluateEvery).toBeGreaterThan(plan("balanced", 900, 400).evaluateEvery);
  });

  test("the rate follows width and rank", () => {
    expect(peakRate(SMALL_BASE.config.hidden, 16)).toBe(2e-3);
    expect(peakRate(TINY_BASE.config.hidden, 16)).toBe(2e-3);
    expect(peakRate(QWEN3_EMBEDDING_06B.config.hidden, 16)).toBe(2e-4);
    expect(peakRate(256, 64)).toBe(1e-3);
    expect([300, 900].map((pairs) => plan("balanced", pairs).learningRate)).toEqual([1e-3, 2e-3]);
  });

  test("the rate warms up over a tenth of the steps, but at least five and at most a hundred", () => {
    const warm = (pairs: number) => {
      const values = plan("balanced", pairs);
      return Math.round(values.warmupRatio * plannedSteps(pairs, values));
    };
    expect(warm(900)).toBeGreaterThanOrEqual(10);
    expect(warm(200_000)).toBeLessThanOrEqual(105);
    const short = planPreset("balanced", SMALL_BASE.config, { ...size(900), tokensPerPair: 500, slow: true }).values;
    expect(Math.round(short.warmupRatio * plannedSteps(900, short))).toBeGreaterThanOrEqual(5);
  });

  test("before there is a split every preset still gives whole values", () => {
    for (const name of NAMES) expect(planPreset(name, TINY_BASE.config, UNKNOWN_SIZE).values.epochs).toBeGreaterThan(0);
  });
});

describe("without a hardware GPU", () => {
  test("passes are planned by time, and one is always made", () => {
    const data = { ...size(900, 400, true), tokensPerPair: 91 };
    const slow = planPreset("balanced", SMALL_BASE.config, data);
    expect(slow.values.epochs).toBeLessThan(
      planPreset("balanced", SMALL_BASE.config, { ...data, slow: false }).values.epochs,
    );
    expect(slow.cutFrom).toBeGreaterThan(slow.values.epochs);
    expect(slow.values.learningRate).toBe(3e-3);
    expect(planPreset("fast", SMALL_BASE.config, { ...data, pairs: 100_000 }).values.epochs).toBe(1);
    expect(planPreset("thorough", SMALL_BASE.config, data).values.epochs).toBeGreaterThan(slow.values.epochs);
  });

  test("a batch is one chunk where its activations fit, and is cut where they do not", () => {
    const slow = (base: ModelConfig, tokensPerPair: number) =>
      planPreset("balanced", base, { ...size(900, 400, true), tokensPerPair }).values;
    expect([slow(SMALL_BASE.config, 91).chunkSize, slow(SMALL_BASE.config, 91).batchSize]).toEqual([32, 32]);
    expect([slow(SMALL_BASE.config, 400).chunkSize, slow(QWEN3_EMBEDDING_06B.config, 91).chunkSize]).toEqual([16, 16]);
    const card = (base: ModelConfig, tokensPerPair: number) =>
      planPreset("balanced", base, { ...size(900), tokensPerPair }).values.chunkSize;
    expect([card(SMALL_BASE.config, 91), card(QWEN3_EMBEDDING_06B.config, 91)]).toEqual([32, 32]);
    expect([card(QWEN3_EMBEDDING_06B.config, 250), card(QWEN3_EMBEDDING_06B.config, 400)]).toEqual([16, 8]);
  });

  test("the sample takes less than three minutes from start to verdict, with dev scored three times", () => {
    const { values } = planPreset("balanced", SMALL_BASE.config, { ...size(898, 398, true), tokensPerPair: 95 });
    const steps = plannedSteps(898, values);
    expect([steps, values.epochs, values.evaluateEvery]).toEqual([29, 1, 10]);
    const tokens = { train: 898 * 95, documents: 398 * 66, devQueries: 128 * 30, testQueries: 256 * 30 };
    const seconds = softwareSeconds(SMALL_BASE.config, values, 3, tokens);
    // Two cores took 69 s for steps and scorings on dev alone; the rest is scored in some 20 more.
    expect(seconds).toBeGreaterThan(90);
    expect(seconds).toBeLessThan(180);
    expect(presetSentence("balanced", 898, planPreset("balanced", SMALL_BASE.config, size(898, 398, true)))).toContain(
      "about 2 minutes of training",
    );
  });
});

test("the words name passes, steps, and what the device cut", () => {
  const data = { ...size(898, 398, true), tokensPerPair: 91 };
  const planned = planPreset("balanced", SMALL_BASE.config, data);
  expect(presetSentence("balanced", 898, planned)).toMatch(
    /over your 898 pairs in batches of \d+: \d+ steps\..*hardware GPU/s,
  );
  const free = planPreset("balanced", SMALL_BASE.config, { ...data, slow: false });
  expect(presetSentence("balanced", 898, free)).not.toContain("hardware GPU");
  expect(settingsSentence(1, { ...free.values, learningRate: 1e-3, epochs: 1, evaluateEvery: 0, patience: 0 })).toBe(
    `1 pass over your 1 pair in batches of ${free.values.batchSize}: 1 step. The learning rate rises to 0.001 over 0 steps, then falls. The dev questions are scored after each pass; the best step is kept.`,
  );
});

test("too little data is said, with what helps; enough is not", () => {
  expect(littleDataSentence(84, 0.25)).toMatch(
    /84 training pairs, and a test that shows only a change of about 25 points.*(\d{3}) independent test questions/,
  );
  expect(littleDataSentence(84, 0.05)).toContain("a few hundred");
  expect(littleDataSentence(84, 0.05, true)).toMatch(/more documents to write questions about\.$/);
  expect(littleDataSentence(898, 0.08)).toBeNull();
});

test("tokens of a pair count the prompt", () => {
  expect(pairTokens({ queries: { median: 9 }, documents: { median: 62 } })).toBe(90);
});

test("texts that a preset would cut are told before the start", () => {
  const [queries, documents] = [new Int32Array([9, 12]), new Int32Array([90, 200, 129, 128])];
  expect(cutSentence(queries, documents, 256)).toBeNull();
  expect(cutSentence(queries, documents, 128)).toMatch(/^50 % of the documents are longer than the 128 tokens/);
  expect(cutSentence(queries, documents, 10)).toMatch(/^100 % of the documents and 50 % of the queries are/);
});
