import { expect, test } from "vitest";
import type { FeedbackPairs, FeedbackRequest } from "../../domain/api/index.ts";
import { StudioError } from "../../domain/errors.ts";
import { createDatasetsStore } from "../datasets/store.ts";
import { memoryData } from "../testing/data.ts";
import { createFeedbackStore } from "./feedbackStore.ts";

const PAIRS: FeedbackPairs = {
  pairs: Array.from({ length: 12 }, (_, i) => ({
    query: `question ${i} about matter ${7 * i}`,
    positive: [`passage ${i} on matter ${7 * i}, call 030 1234 ${5678 + i}`],
    negatives: [],
    judged_at: new Date(Date.UTC(2026, 10, 1 + i)).toISOString(),
    source_ids: ["0123456789abcdef"],
  })),
  counts: { judged: 12, pairs: 12, positives: 12, negatives: 0, conflicts: 0, onlyBad: 0 },
  outdated: 2,
  provenance: { source: "feedback", from: null, to: null, items: 12, idsHash: "a".repeat(64) },
};

test("what was said becomes a data set split by time, and thumbs are sent under the page's name", async () => {
  const { data } = memoryData();
  const datasets = createDatasetsStore({
    data,
    downloads: { file: () => {} },
    maxTokens: () => 256,
    newId: () => "used",
    now: () => "2026-11-20T00:00:00Z",
  });
  const sent: FeedbackRequest[] = [];
  let unauthorized = 0;
  const store = createFeedbackStore(
    { pairs: async () => PAIRS, send: async (one) => void sent.push(one) },
    datasets,
    () => void unauthorized++,
  );
  await store.getState().load();
  expect(store.getState()).toMatchObject({ status: "ready", outdated: 2, result: { personal: { length: 12 } } });
  await store.getState().take({ withPersonal: true, without: new Set() });
  expect(datasets.getState().current).toMatchObject({
    summary: { name: "feedback.jsonl", rows: 12 },
    settings: { order: "time" },
    provenance: { source: "feedback", items: 12 },
  });
  await store.getState().say("search-1", "doc#0", "good");
  expect(sent).toEqual([{ search_id: "search-1", chunk_id: "doc#0", judgement: "good", source: "playground" }]);

  const refused = createFeedbackStore(
    {
      pairs: () => Promise.reject(new StudioError("unauthorized", "No.", "Token.")),
      send: () => Promise.reject(new StudioError("unauthorized", "No.", "Token.")),
    },
    datasets,
    () => void unauthorized++,
  );
  await refused.getState().load();
  await expect(refused.getState().say("search-1", "doc#0", "bad")).rejects.toMatchObject({ code: "unauthorized" });
  expect([refused.getState().status, unauthorized]).toEqual(["failed", 2]);
});
