import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { bm25Tokens } from "../evaluation/words.ts";
import { evaluateBm25 } from "../evaluation/index.ts";
import { groupBy, normalizeText } from "../text/index.ts";
import { generalTask, readGeneralSet } from "./generalSet.ts";

const read = (path: string) => readFileSync(new URL(`../../../public/${path}`, import.meta.url));
const bytes = new Uint8Array(read("general/pairs.jsonl"));
const pairs = readGeneralSet(bytes);
const countBy = (key: (pair: (typeof pairs)[number]) => string) =>
  Object.fromEntries([...groupBy(pairs, key)].map(([name, { length }]) => [name, length]));

describe("the general set", () => {
  test("has 240 pairs, twenty of each subject, and fifteen of each language but English", () => {
    expect(pairs).toHaveLength(240);
    const subjects = countBy(({ subject }) => subject);
    expect(Object.keys(subjects)).toHaveLength(12);
    expect(new Set(Object.values(subjects))).toEqual(new Set([20]));
    expect(countBy(({ language }) => language)).toEqual({ en: 180, de: 15, fr: 15, es: 15, zh: 15 });
  });

  test("says nothing twice, and nothing that the sample says", () => {
    const texts = pairs.flatMap(({ query, positive }) => [query, positive]).map(normalizeText);
    expect(new Set(texts).size).toBe(480);
    const sample = read("samples/support.jsonl").toString("utf8").trim().split("\n");
    const known = new Set(
      sample
        .map((line) => JSON.parse(line) as Record<string, string>)
        .flatMap((row) => Object.values(row).map(normalizeText)),
    );
    expect(known.size).toBeGreaterThan(1000);
    expect(texts.filter((text) => known.has(text))).toEqual([]);
  });

  test("is short enough to be scored in seconds, and no search by words finds half of it", () => {
    const words = pairs.map(({ positive, language }) => (language === "zh" ? 0 : bm25Tokens(positive).length));
    expect(Math.max(...words)).toBeLessThanOrEqual(32);
    // The right passage shares few words with its question.
    const found = evaluateBm25(generalTask(pairs)).metrics["recall@10"];
    expect(found).toBeGreaterThan(0.1);
    expect(found).toBeLessThan(0.5);
  });

  test("a file that was changed or cut is refused with what to do", () => {
    const refusal = { code: "general-set-damaged", hint: expect.stringContaining("public/general/pairs.jsonl") };
    for (const other of [bytes.slice(0, -1), new Uint8Array(0), new TextEncoder().encode("<!doctype html>")])
      expect(() => readGeneralSet(other)).toThrow(expect.objectContaining(refusal));
  });
});
