import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { retrievalPaths, indexStatusSchema } from "../../src/domain/api/index.ts";
import { at, entry } from "../../src/domain/present.ts";
import { corpus, ingest, jobEnd, search } from "../testing/documents.ts";
import { testStudio, type TestStudio } from "../testing/studio.ts";
import { trueArtifact } from "../testing/trueArtifact.ts";
import { promote, register } from "../testing/upload.ts";
import { dot } from "../testing/vectors.ts";

describe("promotion", () => {
  let studio: TestStudio;
  beforeAll(async () => {
    studio = await testStudio();
  }, 120_000);
  afterAll(() => studio.close());

  it("re-embeds in the background and switches at once; no search fails or mixes models", async () => {
    const { app, store, models, collections } = studio;
    let searching = true;
    let hammer: Promise<void>[] = [];
    try {
      await ingest(app, corpus(100));
      const { version, fingerprint } = await register(app, await trueArtifact(1));
      const baseline = (await search(app, { q: "sort" })).body.embedder.fingerprint;

      // What each model truly answers, from vectors made one by one.
      const seen = new Map<string, number>();
      const searchAll = async () => {
        while (searching) {
          const { status, body } = await search(app, { q: "how to sort an array", k: "5" });
          expect(status).toBe(200);
          expect([baseline, fingerprint]).toContain(body.embedder.fingerprint);
          // The scores are cosines of the collection's own model: the same text gives the same score again and again.
          const key = `${body.embedder.fingerprint}|${body.hits.map(({ documentId, score }) => `${documentId}:${score.toFixed(4)}`).join()}`;
          seen.set(key, (seen.get(key) ?? 0) + 1);
          expect(body.hits).toHaveLength(5);
        }
      };
      // What embeds for others changes with the promotion too, at once and without a failed request.
      const vectorsOf = new Map<string, number[][]>();
      const embed = async () => {
        const response = await app.inject({
          method: "POST",
          url: "/v1/embeddings",
          payload: { model: "production", input: ["how to sort an array", "water for tea"] },
        });
        expect(response.statusCode, response.body).toBe(200);
        const { data } = response.json<{ data: { embedding: number[] }[] }>();
        const by = response.headers["x-model-fingerprint"] as string;
        const first = vectorsOf.get(by) ?? data.map(({ embedding }) => embedding);
        vectorsOf.set(by, first);
        // A model's vectors are always the same ones, and no two models share a request.
        data.forEach(({ embedding }, i) => expect(dot(embedding, at(first, i))).toBeGreaterThan(0.99999));
      };
      const embedAll = async () => {
        while (searching) await embed();
      };
      hammer = [searchAll(), embedAll()];
      await embed();
      const promoted = await promote(app, version);
      expect(promoted.statusCode, promoted.body).toBe(200);
      // New documents arrive while the collection is built.
      const late = await ingest(app, [{ id: "late", text: "Walruses rest on drifting ice.", metadata: {} }]);
      expect(late.state).toBe("succeeded");
      const deadline = Date.now() + 60_000;
      while ((await search(app, { q: "walrus on ice", k: "1" })).body.embedder.fingerprint !== fingerprint)
        expect(Date.now()).toBeLessThan(deadline);
      for (let i = 0; i < 10; i += 1) await search(app, { q: "how to sort an array", k: "5" });
      searching = false;
      await Promise.all(hammer);

      await embed();
      expect([...vectorsOf.keys()].sort()).toEqual([baseline, fingerprint].sort());
      expect(dot(at(entry(vectorsOf, baseline), 0), at(entry(vectorsOf, fingerprint), 0))).toBeLessThan(0.999);
      // One ranking by the old model, one by the new one, and nothing between.
      const rankings = [...seen.keys()];
      expect(rankings.filter((key) => key.startsWith(fingerprint))).toHaveLength(1);
      expect(rankings.filter((key) => key.startsWith(baseline))).toHaveLength(1);
      const counts = await store.counts();
      expect(counts.vectors[fingerprint]).toBe(101);
      expect(counts.vectors[baseline]).toBe(101);
      expect((await search(app, { q: "walrus on ice", k: "1" })).body.hits[0]?.documentId).toBe("late");

      // The baseline stays searchable beside it.
      const side = await search(app, { q: "walrus on ice", k: "1", model: "baseline" });
      expect(side.body).toMatchObject({
        embedder: { fingerprint: baseline, model: "baseline" },
        hits: [{ documentId: "late" }],
      });
      const index = indexStatusSchema.parse((await app.inject({ url: retrievalPaths.index })).json());
      expect(index).toMatchObject({ active: fingerprint, production: fingerprint, documents: 101, job: null });
      expect(index.collections.map(({ model, state }) => [model, state]).sort()).toEqual([
        ["baseline", "ready"],
        ["production", "ready"],
      ]);

      // Back again: the vectors are still there.
      await app.inject({ method: "POST", url: "/api/registry/rollback", payload: { by: "t", reason: "test" } });
      await models.settled();
      await collections.settled();
      expect((await search(app, { q: "sort", k: "1" })).body.embedder.fingerprint).toBe(baseline);
    } finally {
      searching = false;
      await Promise.allSettled(hammer);
    }
  }, 180_000);

  it("builds a candidate's collection on request, and says when there is none", async () => {
    const { app } = studio;
    const { version, fingerprint } = await register(app, await trueArtifact(2));
    expect(await search(app, { q: "sort", model: version })).toMatchObject({
      status: 409,
      body: { code: "collection-missing" },
    });
    const started = await app.inject({ method: "POST", url: retrievalPaths.reembed, payload: { model: version } });
    expect(started.statusCode).toBe(202);
    expect(await jobEnd(app, started.json<{ job: { id: string } }>().job.id)).toMatchObject({
      state: "succeeded",
      kind: "re-embed",
      chunks: { total: 101, done: 101 },
    });
    expect((await search(app, { q: "sort", model: version })).body.embedder).toMatchObject({ fingerprint, version });
    expect((await search(app, { q: "sort" })).body.embedder.version).toBeNull();
  }, 120_000);
});
