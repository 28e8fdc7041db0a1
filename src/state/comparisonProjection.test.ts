import { expect, test } from "vitest";
import { createStore } from "zustand/vanilla";
import { pca2 } from "../domain/projection/pca.ts";
import { chooseProjected, MAX_PROJECTED } from "../workflows/compareRunsProject.ts";
import { createComparisonStore, projectionKey } from "./comparison.ts";
import { sampleRun } from "./testing.ts";

const run = sampleRun();
const setUp = (options: { baseSha?: string; artifact?: boolean; training?: string } = {}) => {
  const asked: string[] = [];
  const engineStore = createStore(() => ({
    base: { sha256: options.baseSha ?? run.base.sha256 },
    loaded: { source: "bundled", name: "tiny" },
  }));
  const live = createStore(() => ({ live: options.training ? { runId: options.training } : null }));
  const store = createComparisonStore(
    {
      compare: async () => [],
      engine: {
        loadAdapter: async (files) => void asked.push(`adapter of ${files.length} files`),
        embed: async (texts, kind, which) => {
          asked.push(`${texts.length} ${kind} ${which}`);
          return { dim: 4, data: Float32Array.from(texts.flatMap((text, i) => [text.length, i, which.length, 1])) };
        },
      },
      artifacts: {
        load: async () =>
          options.artifact === false ? [] : [{ path: "adapter_model.safetensors", bytes: new Uint8Array(1) }],
      },
      project: async ({ data, dim }) => pca2(data, dim),
      downloads: { text: () => undefined },
    },
    engineStore as never,
    live as never,
  );
  const result = () => store.getState().projections[projectionKey(run, "pca")];
  return { store, asked, result };
};

test("both spaces are drawn from the same texts, after the run's adapter was put into the engine once", async () => {
  const { store, asked, result } = setUp();
  await store.getState().project(run, "pca");
  const drawn = result();
  if (drawn?.status !== "done") throw new Error(JSON.stringify(drawn));
  expect(asked).toEqual([
    "adapter of 1 files",
    "80 query baseline",
    "80 document baseline",
    "80 query tuned",
    "80 document tuned",
  ]);
  expect(drawn.spaces.baseline).toHaveLength(2 * (drawn.spaces.queries.length + drawn.spaces.documents.length));
  await store.getState().project(run, "umap");
  expect(asked.filter((what) => what.startsWith("adapter"))).toHaveLength(1);
});

test.each([
  [{ baseSha: "0".repeat(64) }, "base-not-loaded"],
  [{ artifact: false }, "adapter-not-loaded"],
  [{ training: "another" }, "engine-busy"],
] as const)("%o is said before anything is embedded", async (options, code) => {
  const { store, asked, result } = setUp(options);
  await store.getState().project(run, "pca");
  expect(result()).toMatchObject({ status: "failed", problem: { code } });
  expect(asked).toEqual([]);
});

test("a large task is thinned evenly, and every query keeps its right documents", () => {
  const task = {
    splitHash: "",
    corpus: Array.from({ length: 5000 }, (_, i) => `d${i}`),
    queries: Array.from({ length: 900 }, (_, i) => ({ text: `q${i}`, relevant: [i * 5], component: i })),
  };
  const { queries, documents } = chooseProjected(task);
  expect(queries.length + documents.length).toBe(MAX_PROJECTED);
  expect(queries.at(-1)).toBeGreaterThan(890);
  for (const query of queries) expect(documents).toContain(query * 5);
  expect(new Set(documents).size).toBe(documents.length);
});
