import { expect, test } from "vitest";
import type { LangfuseLine, LangfusePreview } from "../../domain/api/index.ts";
import { StudioError } from "../../domain/errors.ts";
import { createDatasetsStore } from "../datasets/store.ts";
import { memoryData } from "../testing/data.ts";
import { createLangfuseImportStore } from "./langfuseStore.ts";
import type { LangfuseClient } from "./ports.ts";

const NOW = Date.parse("2026-11-20T12:00:00Z");

const page = (from: number, count: number, next: string | null): LangfuseLine => ({
  type: "page",
  judged: Array.from({ length: count }, (_, i) => ({
    id: `o${from + i}`,
    at: new Date(NOW - (100 - from - i) * 3600_000).toISOString(),
    query: from + i === 3 ? "who is jo@example.org" : `question ${from + i} about matter ${(from + i) * 7}`,
    documents: [`passage ${from + i} on matter ${(from + i) * 7} in full`],
    negatives: [],
    verdicts: ["good"],
  })),
  read: 2 * count,
  unjudged: count,
  unmapped: 0,
  archived: 0,
  share: 0.5,
  next: next === null ? null : { from: null, place: next },
});

const PREVIEW: LangfusePreview = {
  fields: { items: 1, questions: [], documents: [] },
  mapping: { question: ["input"], documents: ["output"], negatives: null, first: null },
  rows: [],
  looked: { read: 1, judged: 1, unmapped: 0, whole: true },
  answered: { observations: "v2" },
};

const setUp = (lines: LangfuseLine[][]) => {
  const asked: Parameters<LangfuseClient["pairs"]>[0][] = [];
  const client: LangfuseClient = {
    datasets: async () => ({ datasets: [], more: false, answered: { datasets: "v2" } }),
    scores: async () => ({
      scores: [{ name: "stars", type: "NUMERIC", count: 9, min: 1, max: 5, categories: [], usable: 9 }],
      read: 9,
      more: false,
      answered: { scores: "v3" },
    }),
    preview: async () => PREVIEW,
    async *pairs(request) {
      asked.push(request);
      yield* lines.shift() ?? [];
    },
  };
  const { data, disk } = memoryData();
  const datasets = createDatasetsStore({
    data,
    downloads: { file: () => {} },
    maxTokens: () => 256,
    newId: () => "imported",
    now: () => new Date(NOW).toISOString(),
  });
  let unauthorized = 0;
  const store = createLangfuseImportStore(
    client,
    datasets,
    () => NOW,
    () => void unauthorized++,
  );
  return { store, state: () => store.getState(), datasets, disk, client, asked, unauthorized: () => unauthorized };
};

test("from the choice to a data set whose newest fifth is the test, and which says where it came from", async () => {
  const { state, datasets, disk, asked } = setUp([
    [page(0, 60, "2"), page(60, 40, null), { type: "end", answered: { scores: "v3" } }],
  ]);
  await state().load();
  expect(state().choice).toMatchObject({
    score: "stars",
    good: ">=3",
    bad: "<3",
    from: "2026-08-22",
    to: "2026-11-20",
  });
  await state().look();
  await state().read();
  expect(asked[0]).toMatchObject({
    position: null,
    source: { kind: "score", name: "stars", from: "2026-08-22T00:00:00.000Z", to: "2026-11-21T00:00:00.000Z" },
  });
  expect(state().reading).toMatchObject({ read: 200, judged: 100, unjudged: 100 });
  expect(state().result).toMatchObject({ counts: { pairs: 100 }, personal: [{ pair: 3 }] });
  await state().take({ withPersonal: false, without: new Set() });
  const view = datasets.getState().current;
  expect(view).toMatchObject({
    summary: { name: "langfuse-stars.jsonl", rows: 99 },
    settings: { order: "time" },
    timed: true,
    provenance: { source: "langfuse", score: "stars", good: ">=3", bad: "<3", items: 100 },
  });
  const stored = disk.get("imported");
  const newest = (stored?.split?.test ?? []).map((row) => stored?.parsed.rows[row]?.query);
  expect(newest).toContain("question 99 about matter 693");
  expect(newest).not.toContain("question 0 about matter 0");
  expect(state()).toMatchObject({ preview: null, result: null });
});

test("reading that breaks off goes on where it was, and an answer without its end is not taken for the whole", async () => {
  const problem = new StudioError("langfuse-busy", "Busy.", "Later.");
  const { state, asked } = setUp([
    [page(0, 10, "b"), { type: "problem", problem }],
    [page(10, 10, "c")],
    [page(20, 10, null), { type: "end", answered: {} }],
  ]);
  await state().load();
  await state().look();
  await state().read();
  expect(state()).toMatchObject({ broken: true, problem: { code: "langfuse-busy" }, result: null });
  await state().read();
  expect(state()).toMatchObject({ broken: true, problem: { code: "langfuse-cut-off" }, result: null });
  await state().read();
  expect(asked.map(({ position }) => position?.place ?? null)).toEqual([null, "b", "c"]);
  expect(state().result?.counts.pairs).toBe(30);
});

test("another choice throws away what was looked at and read, and a refusal asks for the token", async () => {
  const { state, client, unauthorized } = setUp([[page(0, 5, null), { type: "end", answered: {} }]]);
  await state().load();
  await state().look();
  await state().read();
  state().choose({ good: ">=4" });
  expect(state()).toMatchObject({ preview: null, mapping: null, result: null, missing: null });
  state().choose({ bad: " " });
  expect(state().missing).toBe("Say which values are bad");
  client.scores = () => Promise.reject(new StudioError("unauthorized", "No.", "Token."));
  await state().load();
  expect(state()).toMatchObject({ listing: "failed", problem: { code: "unauthorized" } });
  expect(unauthorized()).toBe(1);
});
