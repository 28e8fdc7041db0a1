import { expect, test } from "vitest";
import { buildArtifact, parseManifest } from "../../domain/artifact/index.ts";
import { sampleInput } from "../../domain/artifact/sample.ts";
import { StudioError } from "../../domain/errors.ts";
import { compareAll } from "../../domain/evaluation/index.ts";
import { present } from "../../domain/present.ts";
import { GENERAL_SET, retentionOf } from "../../domain/retention/index.ts";
import { diskModel, tinyBase } from "../../testing/modelFiles.ts";
import { seal } from "../../worker/rpc.ts";
import { createRunsStore } from "../runs/store.ts";
import { sampleRun } from "../testing/stores.ts";
import { createStrengthsStore } from "./store.ts";
import type { TakePorts } from "./takeStrength.ts";

const run = sampleRun();
const { task: _task, queries: _queries, ...record } = run;
const weaker = sampleRun({ tunedNoise: 0.7 }).tuned!;
const scores = (strength: number) => ({
  set: GENERAL_SET.sha256,
  baseline: [1, 1, 0, 0],
  tuned: [1, strength < 1 ? 1 : 0, 0, 0],
});

const setUp = async (stored = true) => {
  const files = await buildArtifact(await sampleInput(diskModel(tinyBase)));
  const asked: string[] = [];
  const runs = createRunsStore({
    list: async () => [record],
    put: async ({ id }) => void asked.push(`record ${id}`),
    remove: async () => undefined,
  });
  await runs.getState().load();
  const ports: TakePorts = {
    engine: {
      evaluate: async ({ which, strength }, task, onProgress) => {
        task.close();
        asked.push(`${which} ${strength}`);
        onProgress(1, 2);
        return weaker;
      },
      retention: async ({ strength }, _set, onProgress, signal) => {
        if (signal.aborted) throw new StudioError("aborted", "Stopped.", "Start again.");
        asked.push(`general ${strength}`);
        onProgress(1, 2);
        return scores(strength ?? 1);
      },
      exportStrength: async ({ strength, runId, tuned }) => {
        asked.push(`export ${strength} ${runId} ${tuned === weaker}`);
        return files;
      },
    },
    data: {
      task: async () => ({ ...run.test, task: seal(run.task) }),
      compare: async (a, b) => compareAll(a, b, { resamples: 100, permutations: 100 }),
    },
    requireModels: async ({ id }) => void asked.push(`models of ${id}`),
    set: async () => new Uint8Array(0),
    artifacts: {
      load: async () => (stored ? files : []),
      save: async (id, kept) =>
        void asked.push(
          `artifact ${id} ${
            parseManifest(
              present(
                kept.find(({ path }) => path === "manifest.json"),
                "manifest",
              ).bytes,
            ).retention?.tuned
          }`,
        ),
    },
    contents: { save: async (id, results) => void asked.push(`results ${id} ${results.tuned === weaker}`) },
    texts: { load: async () => new Uint8Array(1) as never, save: async (id) => void asked.push(`texts ${id}`) },
    newId: () => "half",
    timestamp: () => "2026-11-28T17:00:00.000Z",
  };
  return { store: createStrengthsStore(ports, runs), runs, asked };
};

test("each strength is measured on the general set; what is known of the full one is not measured again", async () => {
  const { store, asked } = await setUp();
  await store.getState().measure({ ...run, retention: retentionOf(scores(1)) });
  expect(asked).toEqual(["models of run-1", "general 0", "general 0.25", "general 0.5", "general 0.75"]);
  expect(store.getState().kept[run.id]?.map(({ strength, retention }) => [strength, retention.tuned])).toEqual([
    [0, 0.5],
    [0.25, 0.5],
    [0.5, 0.5],
    [0.75, 0.5],
    [1, 0.25],
  ]);
  expect(store.getState().work).toEqual({});
});

test("a strength becomes a run of its own, measured again on both sides, its record written last", async () => {
  const { store, asked, runs } = await setUp();
  expect(await store.getState().take(run, 0.5)).toBe("half");
  expect(asked).toEqual([
    "models of run-1",
    "tuned 0.5",
    "general 0.5",
    "export 0.5 half true",
    "texts half",
    "results half true",
    "artifact half 0.5",
    "record half",
  ]);
  const taken = runs.getState().runs.find(({ id }) => id === "half");
  expect(taken).toMatchObject({
    id: "half",
    name: "First run, λ 0.5",
    status: "finished",
    scaledFrom: { runId: "run-1", strength: 0.5 },
    registryVersion: null,
    tuned: { metrics: weaker.metrics },
    retention: { tuned: 0.5 },
  });
  expect(taken?.comparisons[0]?.tuned).toBe(weaker.metrics["recall@10"]);
  // Records hold numbers alone.
  expect(JSON.stringify(taken)).not.toContain(run.queries[0]!.text);
});

test("a run whose artifact is gone says so, and nothing is written", async () => {
  const { store, asked } = await setUp(false);
  expect(await store.getState().take(run, 0.5)).toBeNull();
  expect(store.getState().work[run.id]).toMatchObject({ status: "failed", problem: { code: "run-texts-missing" } });
  expect(asked).toEqual(["models of run-1"]);
});
