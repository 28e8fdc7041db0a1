import { expect, test } from "vitest";
import { createStore } from "zustand/vanilla";
import { byteCurve, compareAll, readTrecRun, trecRun, type VectorForm } from "../../domain/evaluation/index.ts";
import type { RetrievalEvaluation } from "../../domain/evaluation/types.ts";
import { pca2 } from "../../domain/projection/pca.ts";
import { at } from "../../domain/present.ts";
import { seal } from "../../worker/rpc.ts";
import { chooseProjected, FIRST_PROJECTED, MAX_PROJECTED } from "./projectSpaces.ts";
import { dimensionAdvice, strengthAdvice } from "./sweepRun.ts";
import { createRunModels } from "./runModels.ts";
import { createComparisonStore, projectionKey, sliceKey } from "./store.ts";
import { sampleRun } from "../testing/stores.ts";

const run = sampleRun();
interface Options {
  baseSha?: string;
  /** What loading the run's own base brings into memory. */
  loadedSha?: string;
  artifact?: boolean;
  training?: string;
  dev?: boolean;
}
const setUp = (options: Options = {}) => {
  const asked: string[] = [];
  const engineStore = createStore(() => ({
    base: { sha256: options.baseSha ?? run.base.sha256 },
    loaded: { source: "bundled", name: "tiny" },
    requireBase: async () => {
      asked.push("base");
      if (options.loadedSha) engineStore.setState({ base: { sha256: options.loadedSha } });
    },
  }));
  const live = createStore(() => ({ live: options.training ? { runId: options.training } : null }));
  const storedRun = async () => ({
    base: { source: "bundled" as const, name: "tiny" },
    dev: options.dev === false ? null : run.test,
  });
  const requireModels = createRunModels(
    {
      data: { storedRun },
      engine: { loadAdapter: async (files) => void asked.push(`adapter of ${files.length} files`) },
      artifacts: {
        load: async () =>
          options.artifact === false ? [] : [{ path: "adapter_model.safetensors", bytes: new Uint8Array(1) }],
      },
    },
    engineStore as never,
    live as never,
  );
  const store = createComparisonStore({
    requireModels,
    data: {
      storedRun,
      columns: async () => [
        { name: "source", values: ["faq", "chat"], of: run.queries.map((_, i) => (i < 30 ? 0 : i < 70 ? 1 : -1)) },
      ],
      externalRun: async (_, { file, name }) => readTrecRun(await file.text(), run.task, name),
      compare: async (baseline, tuned) => compareAll(baseline, tuned, { resamples: 200, permutations: 200 }),
      documents: async (_, places) => places.map((place) => at(run.task.corpus, place)),
      task: async () => ({ ...run.test, task: seal(run.task) }),
    },
    engine: {
      embed: async (texts, kind, which) => {
        asked.push(`${texts.length} ${kind} ${which}`);
        return { dim: 4, data: Float32Array.from(texts.flatMap((text, i) => [text.length, i, which.length, 1])) };
      },
      evaluate: async ({ strength, dim }, task, onProgress) => {
        task.close();
        asked.push(`strength ${strength ?? 1} dim ${dim ?? "all"}`);
        onProgress(1, 2);
        return dim === run.base.dim / 8 || strength === 0 ? run.baseline! : { ...run.tuned! };
      },
      weighBytes: async (reading, task, onProgress) => {
        task.close();
        asked.push(`bytes ${reading.maxTokens}`);
        onProgress(1, 2);
        const score = (form: VectorForm, evaluation: RetrievalEvaluation) => ({
          form,
          dim: run.base.dim,
          evaluation,
        });
        return byteCurve([score("float32", run.tuned!), score("binary", run.baseline!)]);
      },
    },
    project: async (data, dim) => pca2(data, dim),
    downloads: { text: () => undefined },
  });
  const result = () => store.getState().projections[projectionKey(run, "pca")];
  return { store, asked, result };
};

test("both spaces are drawn from the same texts, after the run's adapter was put into the engine once", async () => {
  const { store, asked, result } = setUp();
  await store.getState().project(run, "pca");
  const drawn = result();
  if (drawn?.status !== "done") throw new Error(JSON.stringify(drawn));
  const of = (what: string) =>
    asked.filter((one) => one.endsWith(what)).reduce((sum, one) => sum + Number.parseInt(one, 10), 0);
  expect(asked[0]).toBe("adapter of 1 files");
  // 160 points are drawn, a part of them first; no text is embedded twice by one model.
  for (const what of ["query baseline", "document baseline", "query tuned", "document tuned"])
    expect(of(what)).toBe(80);
  expect(drawn).toMatchObject({ complete: true, more: null });
  expect(drawn.spaces.baseline).toHaveLength(2 * (drawn.spaces.queries.length + drawn.spaces.documents.length));
  await store.getState().project(run, "umap");
  expect(asked.filter((what) => what.startsWith("adapter"))).toHaveLength(1);
});

test("a picture of a few points comes first, with progress; a stop keeps it", async () => {
  const { store, result } = setUp();
  const seen: [number, number | null][] = [];
  store.subscribe(() => {
    const drawn = result();
    if (drawn?.status !== "done") return;
    seen.push([drawn.spaces.queries.length + drawn.spaces.documents.length, drawn.more?.done ?? null]);
    if (drawn.more && drawn.more.done > 0) store.getState().stopProjection();
  });
  await store.getState().project(run, "pca");
  const first = chooseProjected(run.queries, run.task.corpus.length, FIRST_PROJECTED);
  const few = first.queries.length + first.documents.length;
  expect(few).toBeLessThanOrEqual(FIRST_PROJECTED);
  expect(at(seen, 0)).toEqual([few, 0]);
  expect(at(seen, -1)).toEqual([few, null]);
  expect(seen.some(([, done]) => done !== null && done > 0)).toBe(true);
  expect(result()).toMatchObject({ complete: false });
});

test.each([
  [{ baseSha: "0".repeat(64), loadedSha: "1".repeat(64) }, "base-not-loaded"],
  [{ artifact: false }, "adapter-not-loaded"],
  [{ training: "another" }, "engine-busy"],
] as const)("%o is said before anything is embedded", async (options, code) => {
  const { store, asked, result } = setUp(options);
  await store.getState().project(run, "pca");
  expect(result()).toMatchObject({ status: "failed", problem: { code } });
  expect(asked.filter((what) => what !== "base")).toEqual([]);
});

test("after a reload the run's own base is loaded first", async () => {
  const { store, asked, result } = setUp({ baseSha: "0".repeat(64), loadedSha: run.base.sha256 });
  await store.getState().project(run, "pca");
  expect(asked.slice(0, 2)).toEqual(["base", "adapter of 1 files"]);
  expect(result()?.status).toBe("done");
});

test("a sweep scores strengths and dimensions on the dev queries, each once, and says what they show", async () => {
  const { store, asked } = setUp();
  await store.getState().sweep(run);
  const done = store.getState().sweeps[run.id];
  if (done?.status !== "done") throw new Error(JSON.stringify(done));
  const at = (what: string) => asked.filter((one) => one.startsWith(what));
  expect(at("strength 1")).toEqual([
    "strength 1 dim all",
    "strength 1 dim 128",
    "strength 1 dim 64",
    "strength 1 dim 32",
  ]);
  expect(at("strength 0")).toHaveLength(4);
  const { strengths, dims } = done.sweep;
  expect(strengths.map((point) => [point.at, point.comparison?.verdict ?? null])).toEqual([
    [0, "regressed"],
    [0.25, "inconclusive"],
    [0.5, "inconclusive"],
    [0.75, "inconclusive"],
    [1, null],
  ]);
  expect(strengths.every(({ intervals }) => intervals["recall@10"])).toBe(true);
  expect(dims.map((point) => point.at)).toEqual([256, 128, 64, 32]);
  // At a tie neither is the better one.
  const power = "These dev queries can only show a change of 7 points or more.";
  expect(strengthAdvice(done.sweep)).toBe(
    `Strengths 0.25, 0.5, and 0.75 reach as much as full strength (100.0 %); none does better. ${power}`,
  );
  const weaker = strengths.map((point) =>
    point.at === 1 ? point : { ...point, evaluation: strengths[0]!.evaluation },
  );
  expect(strengthAdvice({ ...done.sweep, strengths: weaker })).toBe(
    `No weaker strength does better on the dev queries. ${power}`,
  );
  expect(dimensionAdvice(done.sweep)).toMatch(/^64 of 256 dimensions reach/);
});

test("without dev queries there is no sweep, with the reason", async () => {
  const { store, asked } = setUp({ dev: false });
  await store.getState().sweep(run);
  expect(store.getState().sweeps[run.id]).toMatchObject({ status: "failed", problem: { code: "no-dev-queries" } });
  expect(asked).toEqual([]);
});

test("smaller embeddings are scored once on the dev queries, with advice and a table for other tools", async () => {
  const { store, asked } = setUp();
  await store.getState().weigh(run);
  await store.getState().weigh(run);
  const done = store.getState().bytes[run.id];
  if (done?.status !== "done") throw new Error(JSON.stringify(done));
  expect(asked).toEqual(["adapter of 1 files", `bytes ${run.hyperparameters.maxTokens}`]);
  expect(done.bytes.rows.map(({ form, bytes, beside }) => [form, bytes, beside])).toEqual([
    ["float32", 1024, 0],
    ["binary", 32, 512],
  ]);
  expect(done.bytes.advice).toBe("Every smaller form loses more than 2 points of recall@10.");
  expect(done.bytes.csv.split("\n")).toHaveLength(4);
  const without = setUp({ dev: false });
  await without.store.getState().weigh(run);
  expect(without.store.getState().bytes[run.id]).toMatchObject({ problem: { code: "no-dev-queries" } });
});

test("a large task is thinned evenly, and every query keeps its right documents", () => {
  const asked = Array.from({ length: 900 }, (_, i) => ({ text: `q${i}`, relevant: [i * 5], component: i }));
  const { queries, documents } = chooseProjected(asked, 5000);
  expect(queries.length + documents.length).toBe(MAX_PROJECTED);
  expect(queries.at(-1)).toBeGreaterThan(890);
  for (const query of queries) expect(documents).toContain(query * 5);
  expect(new Set(documents).size).toBe(documents.length);
});

test("another system's run is a line of its own; one of the same name is numbered, and each can be taken away", async () => {
  const { store } = setUp();
  const { addExternal, dropExternal } = store.getState();
  const file = (tag: string) => ({ name: "their.run", file: new Blob([trecRun({ ...run.tuned!, label: tag })]) });
  for (const tag of ["bm25", "elser", "elser"]) await addExternal(run, file(tag));
  const labels = () => store.getState().external[run.id]?.map(({ evaluation }) => evaluation.label);
  expect(labels()).toEqual(["bm25 (2)", "elser", "elser (2)"]);
  const [, elser] = store.getState().external[run.id]!;
  expect(elser?.evaluation.metrics).toEqual(run.tuned!.metrics);
  await expect(addExternal(run, { name: "empty", file: new Blob([]) })).rejects.toMatchObject({ code: "run-empty" });
  dropExternal(run.id, "elser");
  expect(labels()).toEqual(["bm25 (2)", "elser (2)"]);
});

test("a run is parted by a column of its data set, the largest kind first; the smallest are folded", async () => {
  const { store } = setUp();
  await store.getState().readColumns(run);
  const [column] = store.getState().columns[run.id]!;
  await store.getState().slice(run, column);
  const state = store.getState().slices[sliceKey(run, "source")];
  if (state?.status !== "done") return expect.unreachable();
  const { rows, small, folded } = state.slices;
  expect(rows.map(({ name, comparison }) => [name, comparison.queries])).toEqual([
    ["chat", 40],
    ["faq", 30],
  ]);
  expect([small, folded]).toEqual([1, 10]);
  const mean = (of: readonly { metrics: Record<string, number> }[]) =>
    of.reduce((sum, { metrics }) => sum + (metrics["recall@10"] ?? NaN), 0) / of.length;
  expect(rows[1]?.comparison.tuned).toBeCloseTo(mean(run.tuned!.perQuery.slice(0, 30)), 12);
  expect(store.getState().slices[sliceKey(run, null)]).toBeUndefined();
});
