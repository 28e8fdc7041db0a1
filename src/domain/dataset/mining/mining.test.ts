import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { rankTopK, truncateAndNormalize } from "../../evaluation/rank.ts";
import { at } from "../../present.ts";
import type { PairRow } from "../types.ts";
import { minedLabels, withMinedLabels } from "./labels.ts";
import { defaultRangeMax, mineHardNegatives, miningDepth, type MiningOptions } from "./mine.ts";
import { toNTuples, toTriplets, withMinedNegatives, type MinedExample } from "./outputs.ts";
import { planMining } from "./plan.ts";

interface Output {
  rows: string[][];
  scores: number[][];
}
interface Case {
  name: string;
  options: { relative_margin?: number; num_negatives: number; range_min?: number; range_max?: number };
  "n-tuple": Output;
  triplet: Output;
  range_max: number;
  queries: Record<
    string,
    {
      positives: string[];
      lowest_positive_score: number;
      threshold: number | null;
      candidates: string[];
      removed_by_margin: string[];
      negatives: string[];
    }
  >;
}
const file = new URL("../../../testing/fixtures/mining/mining.json", import.meta.url);
const fixture = JSON.parse(readFileSync(file, "utf8")) as {
  rows: [string, string][];
  corpus: string[];
  embeddings: Record<string, number[]>;
  cases: Case[];
};

const rows: PairRow[] = fixture.rows.map(([query, positive], i) => ({
  line: i + 1,
  query,
  positives: [positive],
  negatives: [],
}));
const plan = planMining(rows, fixture.corpus);
const embed = (texts: string[]) =>
  truncateAndNormalize(Float32Array.from(texts.flatMap((text) => fixture.embeddings[text] ?? [])), 6);
const embeddings = { queries: embed(plan.queries), documents: embed(plan.documents), dim: 6 };
const nameOf = ({ document }: { document: number }) => plan.documents[document];

describe.each(fixture.cases.map((c) => [c.name, c] as const))("reference mining: %s", (_, c) => {
  const options: MiningOptions = {
    relativeMargin: c.options.relative_margin ?? null,
    numNegatives: c.options.num_negatives,
    rangeMin: c.options.range_min,
    rangeMax: c.options.range_max,
    suspects: 100,
  };
  const mined = mineHardNegatives(plan, embeddings, options);

  test("rankings that were made elsewhere give the same", () => {
    const k = miningDepth(plan, options);
    const { queries, documents, dim } = embeddings;
    const ranked = rankTopK({ queryEmbeddings: queries, corpusEmbeddings: documents, dim, k });
    expect(mineHardNegatives(plan, embeddings, { ...options, ranked })).toEqual(mined);
  });

  test("every decision of every query", () => {
    expect(
      c.options.range_max ??
        defaultRangeMax(
          plan,
          c.options.range_min ?? 0,
          c.options.num_negatives,
          c.options.relative_margin !== undefined,
        ),
    ).toBe(c.range_max);
    for (const entry of mined) {
      const expected = c.queries[at(plan.queries, entry.query)];
      expect(entry.positives.map(nameOf)).toEqual(expected?.positives);
      expect(entry.candidates.map(nameOf)).toEqual(expected?.candidates);
      expect(entry.suspected.map(nameOf)).toEqual(expected?.removed_by_margin);
      expect(entry.negatives.map(nameOf)).toEqual(expected?.negatives);
      expect(entry.lowestPositiveScore).toBeCloseTo(expected?.lowest_positive_score ?? NaN, 6);
      if (expected?.threshold === null) expect(entry.threshold).toBeNull();
      else expect(entry.threshold).toBeCloseTo(expected?.threshold ?? NaN, 6);
    }
  });

  const same = (found: MinedExample[], expected: Output) => {
    expect(found.map(({ query, positive, negatives }) => [query, positive, ...negatives])).toEqual(expected.rows);
    found.forEach(({ scores }, i) =>
      scores.forEach((score, at) => expect(score).toBeCloseTo(expected.scores[i]?.[at] ?? NaN, 6)),
    );
  };
  test("n-tuples", () => same(toNTuples(plan, mined, c.options.num_negatives), c["n-tuple"]));
  test("triplets", () => same(toTriplets(plan, mined), c.triplet));
});

test("decisions about suspects become positives or negatives, undecided ones neither", () => {
  const mined = mineHardNegatives(plan, embeddings);
  const index = (text: string) => plan.documents.indexOf(text);
  const out = withMinedNegatives(rows, plan, mined, [
    { query: 0, document: index("c0"), verdict: "relevant" },
    { query: 0, document: index("c1"), verdict: "negative" },
  ]);
  expect(out[0]).toMatchObject({ query: "q0", positives: ["p0a", "c0"], negatives: ["c7", "c12", "p1", "c1"] });
  expect(out[3]?.negatives).toEqual(["c8", "c5", "p5"]);
  expect(rows[0]?.negatives).toEqual([]);
});

test("what is kept of a mining gives the same rows again; suspects come closest first, with their texts", () => {
  const mined = mineHardNegatives(plan, embeddings);
  const made = { base: "b", instruction: "", numNegatives: 3, relativeMargin: 0.05 };
  const labels = minedLabels(plan, mined, "s", made);
  expect(withMinedLabels(rows, plan, labels)).toEqual(withMinedNegatives(rows, plan, mined));
  expect(labels.queries).toBe(plan.queries.length);
  const scores = labels.suspects.map(({ score }) => score);
  expect(scores).toEqual([...scores].sort((a, b) => b - a));
  const [first] = labels.suspects;
  expect(first?.texts.query).toBe(plan.queries[first!.query]);
  expect(plan.positives[first!.query]?.map((document) => plan.documents[document])).toContain(first?.texts.right);
  const decided = { ...labels, suspects: [{ ...first!, verdict: "relevant" as const }, ...labels.suspects.slice(1)] };
  const changed = withMinedLabels(rows, plan, decided).filter(({ query }) => query === first?.texts.query);
  expect(changed.length).toBeGreaterThan(0);
  expect(changed.every(({ positives }) => positives.includes(first!.texts.document))).toBe(true);
});

test("a corpus that holds documents of the other sides lends none of them", () => {
  const held = { line: 1, query: "test", positives: ["c3"], negatives: [] };
  expect(fixture.corpus).toContain("c3");
  expect(planMining(rows, fixture.corpus, [held]).documents).not.toContain("c3");
});
