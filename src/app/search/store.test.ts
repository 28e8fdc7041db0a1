import { expect, test } from "vitest";
import type { IndexStatus, IngestJob, SearchResponse } from "../../domain/api/index.ts";
import { StudioError } from "../../domain/errors.ts";
import { recordingTracer } from "../../testing/tracer.ts";
import type { EmbedHere, RetrievalClient } from "./ports.ts";

import { createSearchStore } from "./store.ts";

const request = { q: "how to sort", k: 3, mode: null, rerank: null, dimension: null, filter: [] };
const candidate = "v2-0a1b2c3d";
const job = (id: string, state: IngestJob["state"]) =>
  ({ id, state, createdAt: "2026-11-22T10:00:00Z", chunks: { total: 0, done: 0 } }) as IngestJob;

/** A server that has embedded its documents with the baseline and production, and with a candidate once asked to. */
const setUp = ({ collections = [] as { model: string | null; state: string }[], baseless = false } = {}) => {
  const calls: string[] = [];
  const embedded = new Set<string>(["baseline", "production"]);
  const client: RetrievalClient = {
    within: () => client,
    index: async () => ({ documents: 1, collections }) as IndexStatus,
    documents: async () => ({ documents: [], total: 0, next: null }),
    removeDocument: async () => {
      throw new StudioError("unauthorized", "It needs the token.", "Send it.");
    },
    ingestDocuments: async (documents) => {
      calls.push(`${documents.length} ingested`);
      return job("job-2", "succeeded");
    },
    ingestFiles: async () => {
      throw new StudioError("unauthorized", "It needs the token.", "Send it.");
    },
    jobs: async () => [],
    cancelJob: async () => expect.unreachable(),
    retryJob: async () => expect.unreachable(),
    reembed: async (model) => {
      calls.push(`${model} embedded`);
      if (baseless) throw new StudioError("base-missing", "The base is not on this server.", "Fetch it.");
      return job("job-1", "running");
    },
    async *follow(id) {
      embedded.add(candidate);
      yield job(id, "succeeded");
    },
    search: async (_request, model) => {
      if (!embedded.has(model)) throw new StudioError("collection-missing", "Not embedded.", "Embed them.");
      return { hits: [], embedder: { model } } as unknown as SearchResponse;
    },
    searchVector: async (_request, _vector, model) => {
      if (model !== "production") return { hits: [], embedder: { model } } as unknown as SearchResponse;
      throw new StudioError("vector-model-differs", "It is of another model.", "Load the model that answers.");
    },
    searchModel: async () => expect.unreachable(),
    probeVectors: async () => expect.unreachable(),
  };
  let wanted = 0;
  let here: EmbedHere | null = null;
  const changed: string[][] = [];
  const store = createSearchStore(
    client,
    () => here,
    (models) => changed.push(models),
    recordingTracer(),
    () => 0,
    () => (wanted += 1),
  );
  return { store, calls, wanted: () => wanted, changed, embedHere: (embed: EmbedHere) => void (here = embed) };
};

test("a candidate is asked beside the others, and again once the documents are embedded with it", async () => {
  const { store } = setUp();
  await store.getState().search(request, candidate);
  const status = () => Object.entries(store.getState().sides).map(([model, side]) => [model, side?.status]);
  expect(status()).toEqual([
    ["baseline", "answered"],
    ["production", "answered"],
    [candidate, "failed"],
  ]);
  expect(store.getState().sides[candidate]?.problem?.code).toBe("collection-missing");
  await store.getState().prepare(candidate);
  expect(store.getState().sides[candidate]).toMatchObject({ status: "answered", problem: null });
  // Without a candidate its side is gone.
  await store.getState().search(request, null);
  expect(status().map(([model]) => model)).toEqual(["baseline", "production"]);
});

test("a change that the server refuses for want of its token asks for the token", async () => {
  const { store, wanted } = setUp();
  expect(await store.getState().ingest({ files: [new File(["x"], "a.md")] })).toBe(false);
  expect(store.getState().ingestProblem?.code).toBe("unauthorized");
  await expect(store.getState().removeDocument("a")).rejects.toMatchObject({ code: "unauthorized" });
  expect(wanted()).toBe(2);
});

test("a side whose model has changed under the page says so, and the models are asked for again", async () => {
  const { store, changed, embedHere } = setUp();
  embedHere(async () => ({ vector: new Float32Array([1]), fingerprint: "f", seconds: 0.1 }));
  await store.getState().search(request, null);
  const { baseline, production } = store.getState().sides;
  expect(baseline).toMatchObject({ status: "answered", embedSeconds: 0.1 });
  expect(production).toMatchObject({ status: "failed", problem: { code: "vector-model-differs" } });
  expect(changed).toEqual([["baseline", "production"]]);
});

test("put to work: the baseline's collection is opened before the documents go in, unless there is one", async () => {
  const bare = setUp({
    collections: [
      { model: "production", state: "ready" },
      { model: null, state: "stale" },
    ],
  });
  expect(await bare.store.getState().putToWork([{ text: "a" }, { text: "b" }])).toBe(true);
  expect(bare.calls).toEqual(["baseline embedded", "2 ingested"]);
  const both = setUp({ collections: [{ model: "baseline", state: "ready" }] });
  await both.store.getState().putToWork([{ text: "a" }]);
  expect(both.calls).toEqual(["1 ingested"]);
  const without = setUp({ baseless: true });
  expect(await without.store.getState().putToWork([{ text: "a" }])).toBe(true);
  expect(without.store.getState().ingestProblem?.code).toBe("base-missing");
});
