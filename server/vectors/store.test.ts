import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { at, present } from "../../src/domain/present.ts";
import { dot, unitVectors } from "../testing/vectors.ts";
import type { Database } from "./database.ts";
import { VectorStore } from "./store.ts";
import { stores } from "../testing/databases.ts";

const A = "aa".repeat(32);
const B = "bb".repeat(32);
const C = "cc".repeat(32);
const unit = unitVectors();
const cosine = (a: Float32Array, b: Float32Array, n = a.length) =>
  dot(a, b, n) / Math.sqrt(dot(a, a, n) * dot(b, b, n));
describe.each(stores)("the vector store, $name", ({ open }) => {
  const folder = mkdtempSync(join(tmpdir(), "vectors-"));
  let database: Database;
  let after: () => Promise<void>;
  let store: VectorStore;
  const vectors = new Map<string, Float32Array>();

  const put = (id: string, texts: string[], collections: string[], metadata = {}) =>
    store.putDocument(
      {
        id,
        contentHash: `hash-${texts.join()}`,
        title: `Title of ${id}`,
        mediaType: "text/plain",
        text: texts.join(" "),
        metadata,
      },
      texts.map((text, ordinal) => {
        const own = unit(16);
        vectors.set(`${id}/${ordinal}`, own);
        return { ordinal, text, tokens: 3, vectors: new Map(collections.map((collection) => [collection, own])) };
      }),
    );

  const active = async () => present(await store.collections.active(), "active collection");

  beforeAll(async () => {
    ({ database, after } = await open(folder));
    store = new VectorStore(database);
    await store.collections.build({ id: A, modelId: "base", modelVersion: null, dimension: 16 });
    await store.collections.activate(A);
    for (let i = 0; i < 40; i += 1)
      await put(`doc-${i}`, [`first of ${i}`, `second of ${i}`], [A], { team: i % 2 ? "red" : "blue" });
  }, 60_000);
  afterAll(async () => {
    await after();
    rmSync(folder, { recursive: true, force: true });
  });

  it("finds exactly the nearest, in order", async () => {
    const query = unit(16);
    const collection = await active();
    const { hits } = await store.nearest.search({ collection, query, k: 7 });
    const expected = [...vectors]
      .map(([key, value]) => [key, cosine(query, value)] as const)
      .sort((a, b) => b[1] - a[1])
      .slice(0, 7);
    expect(hits.map((hit) => `${hit.documentId}/${hit.ordinal}`)).toEqual(expected.map(([key]) => key));
    hits.forEach((hit, i) => expect(hit.score).toBeCloseTo(at(expected, i)[1], 5));
  });

  it("compares only the first components when asked", async () => {
    const query = unit(16);
    const { hits } = await store.nearest.search({
      collection: await active(),
      query,
      k: 1,
      dimension: 4,
    });
    const hit = at(hits, 0);
    const best = [...vectors]
      .map(([key, value]) => [key, cosine(query, value, 4)] as const)
      .sort((a, b) => b[1] - a[1]);
    expect(`${hit.documentId}/${hit.ordinal}`).toBe(at(best, 0)[0]);
    expect(hit.score).toBeCloseTo(at(best, 0)[1], 5);
  });

  it("filters by metadata", async () => {
    const { hits } = await store.nearest.search({
      collection: await active(),
      query: unit(16),
      k: 100,
      filter: [["team", "red"]],
    });
    expect(hits).toHaveLength(40);
    expect(new Set(hits.map((hit) => hit.metadata.team))).toEqual(new Set(["red"]));
    const collection = await active();
    const nul = await store.nearest.search({ collection, query: unit(16), k: 5, filter: [["team", "re\0d"]] });
    expect(nul.hits).toEqual([]);
  });

  it("replaces a document as a whole and deletes it without a trace", async () => {
    await put("doc-0", ["only one now"], [A], { team: "blue" });
    expect(await store.getDocument("doc-0")).toMatchObject({ chunks: 1, contentHash: "hash-only one now" });
    vectors.delete("doc-0/1");
    expect(await store.deleteDocument("doc-0")).toBe(true);
    expect(await store.deleteDocument("doc-0")).toBe(false);
    expect((await store.counts()).vectors[A]).toBe(78);
    vectors.delete("doc-0/0");
  });

  it("refuses a document whose vectors lack the active collection", async () => {
    await store.collections.build({ id: C, modelId: "other", modelVersion: null, dimension: 16 });
    await expect(put("doc-late", ["late"], [C])).rejects.toMatchObject({ code: "collections-changed" });
    expect(await store.getDocument("doc-late")).toBeNull();
    expect(await store.collections.complete(C)).toBe(false);
    expect(await store.collections.activateIfComplete(C)).toBe(false);
    expect((await store.collections.active())?.id).toBe(A);
    await store.collections.drop(C);
  });

  it("lists documents newest first, page by page", async () => {
    const seen: string[] = [];
    let before: { updatedAt: Date; id: string } | null = null;
    for (;;) {
      const page: Awaited<ReturnType<VectorStore["listDocuments"]>> = await store.listDocuments({ before, limit: 7 });
      seen.push(...page.map(({ id }) => id));
      const last = page.at(-1);
      if (!last) break;
      before = { updatedAt: last.updatedAt, id: last.id };
    }
    expect(seen).toHaveLength(39);
    expect(new Set(seen).size).toBe(39);
    expect(seen.at(-1)).toBe("doc-1");
  });

  it("builds a second collection beside the first and switches at once", async () => {
    await store.collections.build({ id: B, modelId: "tuned", modelVersion: "v1", dimension: 16 });
    let missing = await store.missing(B, 30);
    let rounds = 0;
    while (missing.length > 0) {
      await store.addVectors(
        B,
        missing.map((chunk) => ({ ...chunk, embedding: unit(16) })),
      );
      missing = await store.missing(B, 30);
      rounds += 1;
      expect((await store.collections.active())?.id).toBe(A);
    }
    expect(rounds).toBe(3);
    expect(await store.collections.activateIfComplete(B)).toBe(true);
    expect((await store.collections.active())?.id).toBe(B);
    expect((await store.counts()).vectors).toEqual({ [A]: 78, [B]: 78 });
    await store.collections.drop(B); // active: refused
    await store.collections.drop(A);
    expect((await store.counts()).vectors).toEqual({ [B]: 78 });
  });

  it("leaves a vector out whose chunk was replaced meanwhile", async () => {
    await store.addVectors(B, [{ documentId: "doc-1", ordinal: 0, text: "an older text", embedding: unit(16) }]);
    const before = await store.counts();
    await store.addVectors(B, [{ documentId: "doc-unknown", ordinal: 0, text: "x", embedding: unit(16) }]);
    expect(await store.counts()).toEqual(before);
  });

  it("gives a growing collection its index, and answers the same from it", async () => {
    const collection = await active();
    expect(await store.nearest.index(B, 1_000_000)).toBe(false);
    const query = unit(16);
    const exact = await store.nearest.search({ collection, query, k: 5 });
    expect(await store.nearest.index(B, 10)).toBe(true);
    expect(await store.nearest.search({ collection, query, k: 5, exact: false })).toEqual({ ...exact, exact: false });
    // Few enough to compare them all, index or not.
    expect(exact.exact).toBe(true);
    expect(await store.nearest.search({ collection, query, k: 5 })).toEqual(exact);
    // What is written from now on is in the index too.
    const own = unit(16);
    await store.addVectors(B, [{ documentId: "doc-3", ordinal: 0, text: "first of 3", embedding: own }]);
    const [hit] = (await store.nearest.search({ collection, query: own, k: 1, exact: false })).hits;
    expect(hit).toMatchObject({ documentId: "doc-3", ordinal: 0 });
    expect(hit?.score).toBeCloseTo(1, 5);
  });

  it("refuses another dimension and a hostile collection name", async () => {
    const collection = await active();
    await expect(store.nearest.search({ collection, query: unit(8), k: 1 })).rejects.toMatchObject({
      code: "dimension-mismatch",
    });
    await expect(
      store.collections.build({ id: B, modelId: "x", modelVersion: null, dimension: 8 }),
    ).rejects.toMatchObject({
      code: "dimension-mismatch",
    });
    await expect(
      store.collections.build({ id: "x'; DROP TABLE chunks; --", modelId: "x", modelVersion: null, dimension: 8 }),
    ).rejects.toMatchObject({ code: "collection-invalid" });
  });
});
