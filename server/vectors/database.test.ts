import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { Secret } from "../lib/secret.ts";
import { unitVectors } from "../testing/vectors.ts";
import { openDatabase, rowsOf } from "./database.ts";
import { VectorStore } from "./store.ts";

const A = "aa".repeat(32);
const unit = unitVectors();

describe("the embedded store", () => {
  it("is made on first use, serves one process at a time, and keeps its data over a restart", async () => {
    const folder = mkdtempSync(join(tmpdir(), "vectors-"));
    const first = await openDatabase({ url: null, folder });
    await new VectorStore(first).collections.build({ id: A, modelId: "base", modelVersion: null, dimension: 4 });
    await expect(openDatabase({ url: null, folder })).rejects.toMatchObject({ code: "directory-in-use" });
    await first.close();
    const second = await openDatabase({ url: null, folder });
    const store = new VectorStore(second);
    expect(await store.collections.list()).toHaveLength(1);

    // A collection that has grown enough gets its index by the way, once a thousand passages have come since the last look.
    const pieces = Array.from({ length: 2000 }, (_, ordinal) => ({
      ordinal,
      text: `passage ${ordinal}`,
      tokens: 2,
      vectors: new Map([[A, unit(4)]]),
    }));
    await store.putDocument(
      { id: "long", contentHash: "h", title: "", mediaType: "text/plain", text: "", metadata: {} },
      pieces,
    );
    const indexes = async () =>
      rowsOf(await second.sql.execute(sql`SELECT 1 FROM pg_indexes WHERE indexname LIKE 'hnsw%'`)).length;
    await store.nearest.grew(A, 999);
    expect(await indexes()).toBe(0);
    await store.nearest.grew(A, 1);
    expect(await indexes()).toBe(1);

    // A statement that takes long leaves the process free, and is finished before the store closes.
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 5);
    const long = second.sql.execute(sql`SELECT count(*)::int AS n FROM generate_series(1, 2000000)`).then();
    await new Promise(setImmediate);
    const closed = second.close();
    expect(await long).toMatchObject({ rows: [{ n: 2_000_000 }] });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
    await closed;
    await expect(second.sql.execute(sql`SELECT 1`)).rejects.toMatchObject({ cause: { code: "store-stopped" } });
    rmSync(folder, { recursive: true, force: true });
  });

  it("says so when its folder holds something else", async () => {
    const folder = mkdtempSync(join(tmpdir(), "vectors-"));
    mkdirSync(join(folder, "pglite"));
    writeFileSync(join(folder, "pglite/PG_VERSION"), "9.6");
    await expect(openDatabase({ url: null, folder })).rejects.toMatchObject({ code: "store-damaged" });
    expect(existsSync(join(folder, ".lock"))).toBe(false);
    rmSync(folder, { recursive: true, force: true });
  });

  it("says what to do when the database does not answer", async () => {
    await expect(
      openDatabase({ url: new Secret("postgres://nobody@127.0.0.1:1/none"), folder: "" }),
    ).rejects.toMatchObject({ code: "database-unreachable" });
  });
});
