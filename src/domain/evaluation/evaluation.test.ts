import { readFileSync } from "node:fs";
import fc from "fast-check";
import MiniSearch from "minisearch";
import { describe, expect, test } from "vitest";
import type { PairRow, Split } from "../dataset/types.ts";
import { at } from "../present.ts";
import { evaluateBm25, rankBm25 } from "./bm25.ts";
import { bm25Tokens } from "./words.ts";
import { evaluateRankings, evaluateRetrieval } from "./evaluate.ts";
import { METRIC_NAMES } from "./metrics.ts";
import { dot, rankTopK, tieRanks, truncateAndNormalize } from "./rank.ts";
import { rankTopKByCandidates } from "./rankByCandidates.ts";
import { buildRetrievalTask } from "./task.ts";
import { TopK } from "./topK.ts";
import type { MetricName, RetrievalTask } from "./types.ts";

interface Case {
  name: string;
  query_ids: string[];
  corpus_ids: string[];
  relevant: Record<string, string[]>;
  scores: number[][];
  query_embeddings?: number[][];
  corpus_embeddings?: number[][];
  expected: Record<MetricName, number>;
  expected_per_query: Record<string, Record<MetricName, number>>;
  expected_top_100: Record<string, string[]>;
}
const fixture = new URL("../../testing/fixtures/metrics/metrics.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(fixture, "utf8")) as { cases: Case[] };

const taskOf = (c: Case): RetrievalTask => ({
  queries: c.query_ids.map((id, i) => ({
    text: id,
    // A relevant document that is not in the corpus keeps counting: it gets an index beyond it.
    relevant: (c.relevant[id] ?? []).map((doc, at) => {
      const index = c.corpus_ids.indexOf(doc);
      return index >= 0 ? index : c.corpus_ids.length + at;
    }),
    component: i,
  })),
  corpus: c.corpus_ids,
  splitHash: "fixture",
});

describe.each(cases.map((c) => [c.name, c] as const))("reference evaluator: %s", (_, c) => {
  const ranks = tieRanks(c.corpus_ids);
  const best = c.scores.map((row) => {
    const top = new TopK(Math.min(100, row.length), ranks);
    row.forEach((score, i) => top.offer(i, score));
    return top;
  });
  const rankings = { top: best.map((top) => [...top.index]), scores: best.map((top) => [...top.score]) };
  const result = evaluateRankings(taskOf(c), rankings, "fixture", 0);

  test("means equal to 1e-9", () => {
    for (const name of METRIC_NAMES) expect(Math.abs(result.metrics[name] - c.expected[name])).toBeLessThan(1e-9);
    expect(result.queries).toBe(Object.keys(c.expected_per_query).length);
  });

  test("each query's metrics and ranking", () => {
    for (const { query, metrics, top } of result.perQuery) {
      const id = at(c.query_ids, query);
      const expected = c.expected_per_query[id] as Record<MetricName, number>;
      for (const name of METRIC_NAMES) expect(Math.abs(metrics[name] - expected[name])).toBeLessThan(1e-9);
      expect(top.map((index) => c.corpus_ids[index])).toEqual(c.expected_top_100[id]);
    }
  });
});

test("the reference embeddings through the whole path give the reference means", () => {
  const c = cases.find((entry) => entry.query_embeddings) as Case;
  const flat = (rows: number[][]) => truncateAndNormalize(Float32Array.from(rows.flat()), rows[0]?.length ?? 0);
  const result = evaluateRetrieval({
    task: taskOf(c),
    queryEmbeddings: flat(c.query_embeddings as number[][]),
    corpusEmbeddings: flat(c.corpus_embeddings as number[][]),
    dim: c.query_embeddings?.[0]?.length ?? 0,
    label: "baseline",
  });
  for (const name of METRIC_NAMES) expect(Math.abs(result.metrics[name] - c.expected[name])).toBeLessThan(1e-9);
});

test("blocked top-k equals sorting the whole matrix, ties included", () => {
  // Few distinct values make many equal scores.
  const shape = fc.record({
    queries: fc.integer({ min: 1, max: 70 }),
    documents: fc.integer({ min: 1, max: 600 }),
    dim: fc.integer({ min: 1, max: 5 }),
    k: fc.integer({ min: 1, max: 120 }),
    seed: fc.integer(),
  });
  fc.assert(
    fc.property(shape, ({ queries, documents, dim, k, seed }) => {
      let state = seed >>> 0;
      const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0);
      const matrix = (rows: number) => Float32Array.from({ length: rows * dim }, () => ((next() >>> 16) % 3) - 1);
      const [q, d] = [matrix(queries), matrix(documents)];
      const { top, scores } = rankTopK({ queryEmbeddings: q, corpusEmbeddings: d, dim, k });
      for (let i = 0; i < queries; i++) {
        const all = Array.from({ length: documents }, (_, j) => ({ j, s: dot(q, i * dim, d, j * dim, dim) }));
        const plain = all.sort((a, b) => b.s - a.s || a.j - b.j).slice(0, k);
        expect(top[i]).toEqual(plain.map((entry) => entry.j));
        expect(scores[i]).toEqual(plain.map((entry) => entry.s));
      }
    }),
    { numRuns: 40 },
  );
});

test("ranking by float32 candidates equals ranking in full, also when lists overflow", async () => {
  const shape = fc.record({
    queries: fc.integer({ min: 1, max: 9 }),
    documents: fc.integer({ min: 1000, max: 5000 }),
    room: fc.integer({ min: 1, max: 200 }),
    sorted: fc.boolean(),
    seed: fc.integer(),
  });
  await fc.assert(
    fc.asyncProperty(shape, async ({ queries, documents, room, sorted, seed }) => {
      const dim = 4;
      let state = seed >>> 0;
      const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
      // Every third document repeats an earlier one: equal scores, far apart.
      const d = new Float32Array(documents * dim);
      for (let j = 0; j < documents; j++)
        for (let c = 0; c < dim; c++)
          d[j * dim + c] = j % 3 === 2 ? at(d, ((j * 7) % j) * dim + c) : (next() - 0.5) * (sorted ? j : 1);
      const q = Float32Array.from({ length: queries * dim }, () => next() - 0.5);
      const input = { queryEmbeddings: q, corpusEmbeddings: d, dim, k: 20 };
      // A device that rounds every product and sum to float32.
      const float32 = (i: number, j: number): number => {
        let sum = 0;
        for (let c = dim - 1; c >= 0; c--)
          sum = Math.fround(sum + Math.fround(at(q, i * dim + c) * at(d, j * dim + c)));
        return sum;
      };
      const rankings = await rankTopKByCandidates(input, async (from, to, thresholds) => {
        const counts = new Uint32Array(queries);
        const rows = new Uint32Array(queries * room);
        for (let i = 0; i < queries; i++)
          for (let j = to - 1; j >= from; j--) {
            if (float32(i, j) < at(thresholds, i)) continue;
            if (at(counts, i) < room) rows[i * room + at(counts, i)] = j - from;
            counts[i]!++;
          }
        return { counts, rows, room };
      });
      expect(rankings).toEqual(rankTopK(input));
    }),
    { numRuns: 30 },
  );
});

test("truncation normalizes what is left", () => {
  const cut = truncateAndNormalize(Float32Array.of(3, 4, 12, 0, 0, 1), 3, 2);
  expect([...cut]).toEqual([0.6, 0.8, 0, 0].map(Math.fround));
});

test("shapes that do not fit are refused", () => {
  const task = { queries: [{ text: "q", relevant: [0], component: 0 }], corpus: ["d"], splitHash: "s" };
  const input = {
    task,
    queryEmbeddings: new Float32Array(4),
    corpusEmbeddings: new Float32Array(3),
    dim: 4,
    label: "x",
  };
  expect(() => evaluateRetrieval(input)).toThrow("3 numbers for 1 documents");
});

const row = (query: string, positives: string[], negatives: string[] = []): PairRow => ({
  line: 1,
  query,
  positives,
  negatives,
});
const split: Split = { seed: 1, train: [0], dev: [1], test: [2, 3, 4], hash: "h", component: [0, 1, 2, 2, 3] };
const rows = [
  row("train q", ["train doc"], ["hard negative"]),
  row("dev q", ["dev doc"]),
  row("Test  q", ["Doc A"]),
  row("test q", ["doc b", "DOC a"]),
  row("other q", ["doc c"]),
];

test("a task holds every side's documents once, and relevance is by text", () => {
  const task = buildRetrievalTask(rows, split, { extraCorpus: ["extra", "doc  A "] });
  expect(task.corpus).toEqual(["Doc A", "doc b", "doc c", "train doc", "hard negative", "dev doc", "extra"]);
  expect(task.queries).toEqual([
    { text: "Test  q", relevant: [0, 1], component: 2 },
    { text: "other q", relevant: [2], component: 3 },
  ]);
  expect(buildRetrievalTask(rows, split, { documents: "side" }).corpus).toEqual(["Doc A", "doc b", "doc c"]);
  expect(buildRetrievalTask(rows, split, { side: "dev" }).queries).toHaveLength(1);
  expect(task.taskHash).not.toBe(buildRetrievalTask(rows, split).taskHash);
});

test("BM25 ranks random texts as minisearch does, whose factor for matched words is divided out", () => {
  const word = fc.constantFrom(..."the a cat dog sat on mat hat rat ran far".split(" "));
  const text = (least: number) => fc.array(word, { minLength: least, maxLength: 12 }).map((words) => words.join(" "));
  fc.assert(
    fc.property(fc.array(text(1), { minLength: 1, maxLength: 20 }), text(0), (corpus, query) => {
      const index = new MiniSearch<{ id: number; text: string }>({
        fields: ["text"],
        tokenize: bm25Tokens,
        processTerm: (term) => term,
        searchOptions: { bm25: { k: 1.2, b: 0.75, d: 0 } },
      });
      index.addAll(corpus.map((one, id) => ({ id, text: one })));
      const expected = index
        .search(query)
        .map((hit) => ({ id: hit.id as number, score: hit.score / Math.max(1, hit.queryTerms.length) }))
        .sort((a, b) => Math.round(b.score * 1e9) - Math.round(a.score * 1e9) || a.id - b.id)
        .slice(0, 7);
      const { top, scores } = rankBm25([query], corpus, 7);
      expect(top[0]).toEqual(expected.map(({ id }) => id));
      scores[0]?.forEach((score, i) => expect(score).toBeCloseTo(expected[i]?.score ?? NaN, 9));
    }),
    { numRuns: 60, seed: 7 },
  );
  expect(rankBm25(["cat"], [])).toEqual({ top: [[]], scores: [[]] });
});

test("BM25 scores are Okapi's", () => {
  const corpus = ["the cat sat", "the dog", "a cat and another cat", "nothing here"];
  const { top, scores } = rankBm25(["the cat"], corpus);
  const tokens = corpus.map(bm25Tokens);
  const length = (words: string[] = []) => new Set(words).size;
  const average = tokens.reduce((sum, words) => sum + length(words), 0) / tokens.length;
  const bm25 = (i: number) =>
    ["the", "cat"].reduce((sum, term) => {
      const df = tokens.filter((words) => words.includes(term)).length;
      const tf = tokens[i]?.filter((word) => word === term).length ?? 0;
      const idf = Math.log(1 + (corpus.length - df + 0.5) / (df + 0.5));
      return sum + (idf * tf * 2.2) / (tf + 1.2 * (1 - 0.75 + (0.75 * length(tokens[i])) / average));
    }, 0);
  const plain = [0, 1, 2].map((i) => ({ i, s: bm25(i) })).sort((a, b) => b.s - a.s);
  expect(top[0]).toEqual(plain.map((entry) => entry.i));
  scores[0]?.forEach((score, at) => expect(score).toBeCloseTo(plain[at]?.s ?? NaN, 12));
  expect(bm25Tokens("Don't index_me 東京 C3")).toEqual(["don", "t", "index_me", "東", "京", "c3"]);
});

test.each([
  ["Khmer", "ខ្ញុំស្រឡាញ់ភាសាខ្មែរ។", "ខ្មែរ", "សួស្តី"],
  ["Lao", "ຂ້ອຍຮັກພາສາລາວ", "ລາວ", "ບໍ່ມີ"],
  ["Burmese", "ကျွန်တော်မြန်မာစာကိုဖတ်သည်။", "မြန်မာ", "ထိုင်း"],
  ["Thai", "ฉันรักภาษาไทย", "ไทย", "เมือง"],
])("BM25 finds a word within a sentence of %s, which has no blanks", (_script, sentence, word, other) => {
  const characters = (text: string) => text.normalize("NFKC").match(/[\p{L}\p{M}]/gu);
  expect(bm25Tokens(sentence)).toEqual(characters(sentence));
  const { top } = rankBm25([word], [other, "plain words", sentence]);
  expect(top[0]?.[0]).toBe(2);
});

test("BM25 is evaluated like a model, and a query that matches nothing is a miss", () => {
  const task = {
    queries: [
      { text: "cat", relevant: [1], component: 0 },
      { text: "zebra", relevant: [0], component: 1 },
    ],
    corpus: ["a dog", "a cat"],
    splitHash: "s",
  };
  const result = evaluateBm25(task);
  expect(result).toMatchObject({ label: "bm25", queries: 2, corpus: 2 });
  expect(result.perQuery.map((query) => query.bestRank)).toEqual([1, null]);
  expect(result.metrics["recall@1"]).toBe(0.5);
});
