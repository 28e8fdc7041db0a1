import { expect, test } from "vitest";
import { at } from "../../present.ts";
import { buildRetrievalTask } from "../../evaluation/task.ts";
import { mulberry32 } from "../../random.ts";
import type { PairRow } from "../types.ts";
import { splitDataset } from "./split.ts";

const next = mulberry32(3);
const phrase = (count: number): string => Array.from({ length: count }, () => next().toString(36)).join(" ");
const row = (line: number, more: Partial<PairRow> = {}): PairRow => ({
  line,
  query: phrase(6),
  positives: [phrase(12)],
  negatives: [],
  ...more,
});
const rows = (count: number, more: (i: number) => Partial<PairRow>) =>
  Array.from({ length: count }, (_, i) => row(i + 1, more(i)));

test("rows that were written from one document stand on one side; of few documents they may not", () => {
  const of = (documents: number) => rows(200, (i) => ({ origin: "generated", sourceDocument: `d${i % documents}` }));
  const many = of(40);
  const split = splitDataset(many, { seed: 1 });
  const sideOf = (side: number[]) => new Set(side.map((index) => at(many, index).sourceDocument));
  const [train, dev, test] = [sideOf(split.train), sideOf(split.dev), sideOf(split.test)];
  expect(train.size + dev.size + test.size).toBe(40);
  expect(split.train.length + split.dev.length + split.test.length).toBe(200);
  expect(splitDataset(of(2), { seed: 1 }).test).toHaveLength(40);
});

test("real rows are the whole test while there are more written ones, which share no text with them", () => {
  const mixed = [...rows(100, () => ({ origin: "generated" })), ...rows(30, () => ({}))];
  mixed[0] = { ...at(mixed, 0), positives: at(mixed, 110).positives };
  const split = splitDataset(mixed, { seed: 1 });
  expect(split.test).toEqual(Array.from({ length: 30 }, (_, i) => 100 + i));
  expect([...split.train, ...split.dev]).not.toContain(0);
  expect(split.train.length + split.dev.length).toBe(99);
  expect(buildRetrievalTask(mixed, split).measuredOn).toBeUndefined();
});

test("of many real rows a share is the test; no written one ever is", () => {
  const mixed = [...rows(100, (i) => ({ origin: i % 2 ? "weak" : "generated" })), ...rows(300, () => ({}))];
  const split = splitDataset(mixed, { seed: 1 });
  expect(split.test).toHaveLength(60);
  expect(split.test.every((index) => at(mixed, index).origin === undefined)).toBe(true);
  expect(split.train.some((index) => at(mixed, index).origin === undefined)).toBe(true);
  // Unless they were given to test on.
  const given = splitDataset(mixed, { seed: 1, testReal: true });
  expect(given.test).toEqual(Array.from({ length: 300 }, (_, i) => 100 + i));
  expect(given.train.length + given.dev.length).toBe(100);
});

test("written rows that are all about tested documents leave nothing to train on, and that is said", () => {
  const mixed = [
    ...rows(42, (i) => ({ origin: "generated", sourceDocument: `d${i % 6}` })),
    ...rows(24, (i) => ({ sourceDocument: `d${i % 6}` })),
  ];
  const everywhere = expect.objectContaining({ code: "real-questions-everywhere" }) as Error;
  expect(() => splitDataset(mixed, { seed: 1 })).toThrow(everywhere);
  // One that is left is too little; a share of the real ones as the test leaves more.
  const free = [...mixed, row(67, { origin: "generated" })];
  expect(() => splitDataset(free, { seed: 1, testReal: true })).toThrow("One pair is left to train on");
  const share = splitDataset(free, { seed: 1, testReal: false });
  expect(share.test.every((index) => at(free, index).origin === undefined)).toBe(true);
  expect(share.train.length).toBeGreaterThan(30);
});

test.each([
  ["generated", "generated questions"],
  ["weak", "weak pairs"],
] as const)("a test of %s rows says so", (origin, measuredOn) => {
  const written = rows(50, () => ({ origin }));
  expect(buildRetrievalTask(written, splitDataset(written, { seed: 1 }))).toMatchObject({ measuredOn });
});
