import { expect, test } from "vitest";
import { StudioError } from "../../domain/errors.ts";
import type { RunRecord } from "../../domain/run/types.ts";
import { createFinishedRunStore, type ShippedRun } from "./finishedRun.ts";
import { createRunsStore } from "./store.ts";

const record = { id: "finished-sample", createdAt: "2026-11-28T08:00:00.000Z", status: "finished" } as RunRecord;
const shipped: ShippedRun = {
  record,
  results: { baseline: null, tuned: null, bm25: null },
  series: { steps: [], dev: [] },
  artifact: ["manifest.json", "onnx/a.json"],
};

const opening = {
  dataset: "support.jsonl",
  base: "small",
  questions: 2,
  recall: { baseline: 0.5, tuned: 1, bm25: 0.5 },
  question: "why won't the arm move",
  before: { text: "The lamp.", rank: null },
  after: { text: "The gantry.", rank: 1 },
};

const setUp = (
  run: () => Promise<ShippedRun> = async () => shipped,
  shown: () => Promise<unknown> = async () => opening,
) => {
  const done: string[] = [];
  const runs = createRunsStore({
    list: async () => [],
    put: async ({ id }) => void done.push(`record ${id}`),
    remove: async () => undefined,
  });
  const store = createFinishedRunStore(runs, {
    source: { opening: shown, run, file: async (path) => new TextEncoder().encode(path) },
    contents: { save: async () => void done.push("results"), replace: async () => void done.push("series") },
    artifacts: {
      save: async (_, files) =>
        void done.push(...files.map(({ path, bytes }) => `${path}=${new TextDecoder().decode(bytes)}`)),
    },
    texts: { save: async () => void done.push("texts") },
  });
  return { done, runs, store };
};

test("the shipped run becomes a run of this browser that says what it is, its record last, and once only", async () => {
  const { done, runs, store } = setUp();
  expect(await store.getState().open()).toBe("finished-sample");
  const all = [
    "texts",
    "results",
    "series",
    "manifest.json=artifact/manifest.json",
    "onnx/a.json=artifact/onnx/a.json",
    "record finished-sample",
  ];
  expect(done).toEqual(all);
  expect(runs.getState().runs).toEqual([{ ...record, shipped: true }]);
  expect(await store.getState().open()).toBe("finished-sample");
  expect(done).toEqual(all);
});

test("what cannot be read is a problem in words, and can be tried again", async () => {
  let away = true;
  const { store } = setUp(async () => {
    if (away) throw new StudioError("finished-run-unavailable", "Away.", "Start the server again.");
    return shipped;
  });
  expect(await store.getState().open()).toBeNull();
  expect(store.getState()).toMatchObject({ status: "failed", problem: { code: "finished-run-unavailable" } });
  away = false;
  expect(await store.getState().open()).toBe("finished-sample");
  expect(store.getState()).toMatchObject({ status: "idle", problem: null });
});

test("what the opening shows is read once; a missing or other file shows nothing", async () => {
  let asked = 0;
  const { store } = setUp(undefined, async () => ((asked += 1), opening));
  await store.getState().show();
  await store.getState().show();
  expect(store.getState().opening).toEqual(opening);
  expect(asked).toBe(1);
  for (const wrong of [() => Promise.reject(new Error("404")), async () => ({ ...opening, question: "" })]) {
    const { store: other } = setUp(undefined, wrong);
    await other.getState().show();
    expect(other.getState().opening).toBeNull();
  }
});
