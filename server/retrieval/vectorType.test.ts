import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { indexStatusSchema, retrievalPaths } from "../../src/domain/api/index.ts";
import { present } from "../../src/domain/present.ts";
import { corpus, ingest, search } from "../testing/documents.ts";
import { testStudio, type TestStudio } from "../testing/studio.ts";

describe("another VECTOR_TYPE for a store that is there", () => {
  let studio: TestStudio;
  let ids: string[];
  const found = async () => {
    const { status, body } = await search(studio.app, { q: "water for tea", k: "5", mode: "dense" });
    expect(status).toBe(200);
    return body.hits.map(({ documentId }) => documentId);
  };
  const collection = async () => present(await studio.store.collections.active(), "active collection");
  /** Starts the server anew with another type. */
  const restart = async (type: string) => {
    await studio.stop();
    studio = await testStudio({ VECTOR_TYPE: type }, { root: studio.root });
  };
  const changed = async (type: string) => {
    const deadline = Date.now() + 60_000;
    while ((await collection()).vectorType !== type) {
      expect(await found()).toEqual(ids);
      expect(Date.now()).toBeLessThan(deadline);
    }
  };
  const health = async () =>
    (await studio.app.inject({ url: "/health" })).json<{ checks: { vectors: { status: string; message: string } } }>()
      .checks.vectors;

  /** What `GET /api/index` shows. */
  const shown = async () =>
    indexStatusSchema.parse((await studio.app.inject({ url: retrievalPaths.index })).json()).collections;

  beforeAll(async () => {
    studio = await testStudio();
    await ingest(studio.app, corpus(30));
    ids = await found();
    expect(ids).toHaveLength(5);
  }, 120_000);
  afterAll(() => studio.close());

  it("is brought about by a job that rounds what is there; searches answer meanwhile, and the next start goes on", async () => {
    expect(await health()).toEqual({ status: "ok", message: "Vectors are kept as float32." });
    expect(await shown()).toMatchObject([{ vectorType: "float32", nextVectorType: null }]);
    await restart("binary");
    await studio.models.ready();
    await studio.collections.settled();
    await changed("binary");
    expect(await shown()).toMatchObject([{ vectorType: "binary", nextVectorType: null }]);
    expect(await found()).toEqual(ids);
    expect(await health()).toEqual({ status: "ok", message: "Vectors are kept as binary." });
    const [job] = await studio.jobs.list(1);
    expect(job).toMatchObject({ kind: "re-embed", label: "Vectors as binary", chunks: 30 });
    expect(studio.lines.filter(({ event }) => event === "reembed.batch")).toEqual([]);
    expect(studio.lines.filter(({ event }) => event === "collection.retyped")).toMatchObject([
      { from: "float32", to: "binary" },
    ]);
  }, 60_000);

  it("embeds again where rounded vectors are to be exact ones, and says how far it is", async () => {
    const { id } = await collection();
    expect(await studio.store.collections.clean(id)).toEqual(["embeddings"]); // As a minute after the switch.
    await restart("float32");
    await studio.models.ready();
    await studio.collections.settled();
    await changed("float32");
    expect(await found()).toEqual(ids);
    expect(studio.lines.some(({ event }) => event === "reembed.batch")).toBe(true);
    expect(await studio.store.size(id, "float16")).toBe(30); // Searches that began before may still read them.
    await studio.store.collections.changeType(id, "float16");
    expect(await health()).toEqual({
      status: "degraded",
      message:
        "Vectors are being changed from float32 to float16, 30 of 30 so far; searches use float32 until all are.",
    });
  }, 60_000);
});
