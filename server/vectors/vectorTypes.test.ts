import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { at, present } from "../../src/domain/present.ts";
import { stores } from "../testing/databases.ts";
import { dot, unitVectors } from "../testing/vectors.ts";
import { type Database, rowsOf } from "./database.ts";
import { VectorStore } from "./store.ts";

const A = "aa".repeat(32);
/** No multiple of 8, so that signs do not fill their last byte. */
const DIMENSION = 12;
const unit = unitVectors(5);

describe.each(stores)("types of vectors, $name", ({ open }) => {
  const folder = mkdtempSync(join(tmpdir(), "types-"));
  let database: Database;
  let after: () => Promise<void>;
  let store: VectorStore;
  const vectors = new Map<string, Float32Array>();

  const put = (id: string, passages = 2) => {
    for (const key of vectors.keys()) if (key.startsWith(`${id}#`)) vectors.delete(key);
    return store.putDocument(
      {
        id,
        contentHash: id,
        title: "",
        mediaType: "text/plain",
        text: "",
        metadata: { team: id.length > 5 ? "red" : "blue" },
      },
      Array.from({ length: passages }, (_, ordinal) => {
        const own = unit(DIMENSION);
        vectors.set(`${id}#${ordinal}`, own);
        return { ordinal, text: `${id} ${ordinal} ${own[0]}`, tokens: 1, vectors: new Map([[A, own]]) };
      }),
    );
  };
  const active = async () => present(await store.collections.active(), "active collection");
  const find = async (
    query: Float32Array,
    options: { exact?: boolean; dimension?: number; filter?: [["team", string]] } = {},
  ) => (await store.nearest.search({ collection: await active(), query, k: 8, ...options })).hits;
  const names = (hits: Awaited<ReturnType<typeof find>>) =>
    hits.map(({ documentId, ordinal }) => `${documentId}#${ordinal}`);
  /** The nearest of all that are stored, in memory. */
  const nearest = (query: Float32Array, dimension = DIMENSION) => {
    const score = (own: Float32Array) => dot(own, query, dimension) / Math.sqrt(dot(own, own, dimension));
    return [...vectors]
      .sort(([, a], [, b]) => score(b) - score(a))
      .slice(0, 8)
      .map(([name]) => name);
  };

  beforeAll(async () => {
    ({ database, after } = await open(folder));
    store = new VectorStore(database);
    await store.collections.build({ id: A, modelId: "base", modelVersion: null, dimension: DIMENSION });
    await store.collections.activate(A);
    for (let i = 0; i < 30; i += 1) await put(`doc-${i}`);
  }, 60_000);
  afterAll(async () => {
    await after();
    rmSync(folder, { recursive: true, force: true });
  });

  it("changes to binary in rounds, while searches go on and documents come, change and go; a stop loses nothing", async () => {
    await store.collections.changeType(A, "binary");
    expect(await store.collections.switchType(A)).toBe(false);
    const query = unit(DIMENSION);
    expect(await store.roundVectors(A, 20)).toBe(20);
    await put("doc-1");
    await put("doc-new", 3);
    await store.deleteDocument("doc-2");
    for (const ordinal of [0, 1]) vectors.delete(`doc-2#${ordinal}`);
    expect(names(await find(query))).toEqual(nearest(query));
    // A server that starts anew finds where the last one was.
    store = new VectorStore(database);
    expect(await active()).toMatchObject({ vectorType: "float32", nextVectorType: "binary" });
    expect(await store.collections.switchType(A)).toBe(false);
    while ((await store.roundVectors(A, 20)) > 0) expect(names(await find(query))).toEqual(nearest(query));
    expect(await store.missing(A, 10, "binary")).toEqual([]);
    await store.nearest.index(A, 10);
    expect(await store.collections.switchType(A)).toBe(true);
    expect(await active()).toMatchObject({ vectorType: "binary", nextVectorType: null });
    expect(await store.collections.switchType(A)).toBe(false);
    expect(await store.collections.clean(A)).toEqual(["embeddings"]);
    expect(await store.collections.clean(A)).toEqual([]);
    expect([await store.size(A), (await store.counts()).vectors[A], await store.size(A, "float32")]).toEqual([
      vectors.size,
      vectors.size,
      0,
    ]);
  }, 30_000);

  it("finds by signs, rescored, what an exact search finds; filters and shorter dimensions compare all", async () => {
    await put("doc-more");
    for (let i = 0; i < 5; i += 1) {
      const query = unit(DIMENSION);
      const [exact, bySigns] = [await find(query, { exact: true }), await find(query, { exact: false })];
      expect(names(exact)).toEqual(nearest(query));
      expect(bySigns).toEqual(exact);
      expect(at(exact, 0).score).toBeCloseTo(dot(present(vectors.get(at(names(exact), 0)), "vector"), query), 2);
      expect(names(await find(query, { dimension: 6 }))).toEqual(nearest(query, 6));
      const red = await find(query, { exact: false, filter: [["team", "red"]] });
      expect(red.every(({ documentId }) => documentId.length > 5)).toBe(true);
    }
    // A server counts the use of an index when it finds time.
    if (database.kind !== "embedded") return;
    await database.sql.execute(sql`SELECT pg_stat_force_next_flush()`);
    const used = await database.sql.execute(
      sql`SELECT idx_scan::int AS n FROM pg_stat_user_indexes WHERE indexrelname LIKE 'hnswbit_%'`,
    );
    expect(Number(rowsOf(used)[0]?.n)).toBe(5);
  });

  it("changes to float16 by another index alone, and back to float32 only by vectors of the model", async () => {
    const query = unit(DIMENSION);
    await store.collections.changeType(A, "float16");
    expect(await store.roundVectors(A, 20)).toBe(0);
    await store.nearest.index(A, 10);
    expect(await store.collections.switchType(A)).toBe(true);
    expect(names(await find(query, { exact: false }))).toEqual(nearest(query));

    await store.collections.changeType(A, "float32");
    expect(await store.roundVectors(A, 20)).toBe(0);
    const missing = await store.missing(A, 1000, "float32");
    expect(missing).toHaveLength(vectors.size);
    await store.addVectors(
      A,
      missing.map((chunk) => ({
        ...chunk,
        embedding: present(vectors.get(`${chunk.documentId}#${chunk.ordinal}`), "vector"),
      })),
      "float32",
    );
    expect(await store.collections.switchType(A)).toBe(true);
    expect(await store.collections.clean(A)).toEqual(["half_embeddings"]);
    expect(await find(query)).toEqual(await find(query, { exact: true }));
    expect(names(await find(query))).toEqual(nearest(query));
  });

  it("gives a change up, and keeps the type of a collection that is there", async () => {
    await store.collections.changeType(A, "float16");
    expect(await store.roundVectors(A, 7)).toBe(7);
    await store.collections.changeType(A, null);
    expect(await store.roundVectors(A, 7)).toBe(0);
    expect(await store.collections.clean(A)).toEqual(["half_embeddings"]);
    const kept = { id: A, modelId: "base", modelVersion: null, dimension: DIMENSION, vectorType: "binary" } as const;
    expect(await store.collections.build(kept)).toMatchObject({ vectorType: "float32" });
  });
});
