import { expect, test } from "vitest";
import { createStore } from "zustand/vanilla";
import { StudioError } from "../../domain/errors.ts";
import { GENERAL_SET, generalSetMissing, retentionOf, type RetentionScores } from "../../domain/retention/index.ts";
import type { RunRecord } from "../../domain/run/types.ts";
import type { LiveRunStore } from "../runs/liveStore.ts";
import { createRunsStore } from "../runs/store.ts";
import { sampleRun } from "../testing/stores.ts";
import { createRetentionStore, secondsToMeasure } from "./store.ts";

const scores: RetentionScores = { set: GENERAL_SET.sha256, baseline: [1, 1, 0, 0], tuned: [1, 0, 0, 0] };
const { task: _task, queries: _queries, ...run } = sampleRun();

const setUp = async (
  set: () => Promise<Uint8Array> = async () => new Uint8Array(0),
  record: Partial<RunRecord> = {},
) => {
  const stored: RunRecord[] = [];
  const runs = createRunsStore({
    list: async () => [{ ...run, ...record }],
    put: async (one) => void stored.push(one),
    remove: async () => undefined,
  });
  await runs.getState().load();
  const live = createStore(() => ({ live: null as { runId: string } | null }));
  const asked: { signal: AbortSignal; answer(scores: RetentionScores): void }[] = [];
  const store = createRetentionStore(
    {
      set,
      requireModels: async () => undefined,
      engine: {
        retention: (_request, _set, onProgress, signal) =>
          new Promise((answer, fail) => {
            onProgress(100, 960);
            signal.addEventListener("abort", () => fail(new StudioError("aborted", "Stopped.", "Start again.")));
            asked.push({ signal, answer });
          }),
      },
    },
    runs,
    live as unknown as LiveRunStore,
  );
  const started = () => expect.poll(() => asked.length, { interval: 1 }).toBe(1);
  const finish = () => {
    live.setState({ live: { runId: run.id } });
    live.setState({ live: null });
  };
  return { store, runs, asked, started, finish, stored, live };
};

test("a run that has ended is measured by itself, and the figure is kept with its record, numbers only", async () => {
  const { store, asked, started, finish, stored, runs } = await setUp();
  finish();
  await started();
  expect(store.getState().measuring[run.id]).toEqual({ status: "working", done: 100, total: 960 });
  const settled = store.getState().settled(run.id, new AbortController().signal);
  await runs.getState().rename(run.id, "Another name");
  asked[0]!.answer(scores);
  await settled;
  expect(store.getState().measuring).toEqual({});
  // What the person did meanwhile stays.
  expect(stored.at(-1)).toMatchObject({
    name: "Another name",
    retention: retentionOf(scores),
    generalScores: scores,
    tuned: { metrics: run.tuned!.metrics },
  });
});

test("another run gives it up, and so does a stop; the run is then not measured", async () => {
  for (const give of ["run", "stop"] as const) {
    const { store, asked, started, finish, runs, live } = await setUp();
    finish();
    await started();
    if (give === "run") live.setState({ live: { runId: "next" } });
    else store.getState().stop();
    await store.getState().settled(run.id, new AbortController().signal);
    expect(asked[0]!.signal.aborted).toBe(true);
    expect(store.getState().measuring).toEqual({});
    expect(runs.getState().runs[0]!.retention).toBeUndefined();
  }
});

test("a set that is missing is said, the run is unharmed, and it can be measured again", async () => {
  let there = false;
  const { store, asked, started, runs } = await setUp(async () => {
    if (!there) throw generalSetMissing();
    return new Uint8Array(0);
  });
  await store.getState().measure(run.id);
  expect(store.getState().measuring[run.id]).toMatchObject({
    status: "failed",
    problem: { code: "general-set-damaged", hint: expect.stringContaining("public/general/pairs.jsonl") },
  });
  expect(runs.getState().runs).toEqual([run]);
  there = true;
  const again = store.getState().measure(run.id);
  await started();
  asked[0]!.answer(scores);
  await again;
  expect(runs.getState().runs[0]!.retention).toMatchObject({ baseline: 0.5, tuned: 0.25 });
});

test("what would take minutes is not begun unasked, and waiting for it can be given up", async () => {
  const slow = { ...run.tuned!, tokens: 1000, seconds: 60 };
  expect(secondsToMeasure({ tuned: slow })).toBe(2400);
  const { store, asked, started, finish } = await setUp(undefined, { tuned: slow });
  finish();
  expect(store.getState().measuring).toEqual({});
  expect(asked).toEqual([]);
  void store.getState().measure(run.id);
  await started();
  const patience = new AbortController();
  const waiting = store.getState().settled(run.id, patience.signal);
  patience.abort();
  await waiting;
  expect(asked[0]!.signal.aborted).toBe(false);
});
