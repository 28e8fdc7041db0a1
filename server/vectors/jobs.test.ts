import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { at, present } from "../../src/domain/present.ts";
import { type Database, openDatabase } from "./database.ts";
import { JobStore } from "./jobs.ts";
import { servers, type TestDatabase } from "../testing/databases.ts";

describe.each(servers)("jobs as two servers see them, $name", ({ start }) => {
  let server: TestDatabase;
  let first: Database;
  let second: Database;
  let mine: JobStore;
  let theirs: JobStore;

  beforeAll(async () => {
    server = await start();
    const { url } = server;
    first = await openDatabase({ url, folder: "" });
    second = await openDatabase({ url, folder: "" });
    [mine, theirs] = [new JobStore(first), new JobStore(second)];
  }, 120_000);
  afterAll(async () => {
    await first.close();
    await second.close();
    await server.remove();
  });

  const payload = { title: "", mediaType: "text/plain", source: null, text: "x", metadata: {} };
  const make = async (items: number) => {
    const id = await mine.create({ kind: "ingest", correlationId: "c", traceparent: null, collectionId: null }, 60);
    await mine.items.add(
      id,
      Array.from({ length: items }, (_, position) => ({ documentId: `d${position}`, position, name: null, payload })),
      60,
    );
    return id;
  };

  it("gives a job to one worker, and to another only when the lease has run out", async () => {
    const id = await make(2);
    expect(await theirs.claim("ingest", 60)).toBeNull(); // not submitted yet
    await mine.submit(id, { label: "two", total: 2 });
    const claims = await Promise.all([mine.claim("ingest", 1), theirs.claim("ingest", 1)]);
    expect(claims.filter((job) => job?.id === id)).toHaveLength(1);
    expect(await theirs.claim("ingest", 60)).toBeNull();
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect((await theirs.claim("ingest", 60))?.id).toBe(id);

    // Both workers end the same item: it counts once.
    const item = at(await mine.items.waiting(id, 1), 0);
    for (const store of [mine, theirs])
      await (store === mine ? first : second).sql.transaction((tx) =>
        store.items.finish(tx, item, { state: "done", chunks: 3 }),
      );
    expect(await mine.get(id)).toMatchObject({ done: 1, chunks: 3 });
    await theirs.finish(id, "done");
    expect(await mine.get(id)).toMatchObject({ state: "done", chunksTotal: 3 });
  });

  it("cancels, retries only what failed, and sweeps requests that were cut off", async () => {
    const id = await make(2);
    await mine.submit(id, { label: "two", total: 2 });
    await mine.claim("ingest", 60);
    const item = at(await mine.items.waiting(id, 1), 0);
    await mine.items.fail(item, { code: "x", message: "m", hint: "h" });
    expect((await theirs.cancel(id))?.state).toBe("cancelled");
    expect(await mine.renew(id, 60)).toBe(false); // the worker learns of it
    await mine.finish(id, "done");
    expect((await mine.get(id))?.state).toBe("cancelled");
    expect(await mine.items.failures(id)).toMatchObject([{ documentId: "d0", error: { code: "x" } }]);
    expect(await mine.retryable(present(await mine.get(id), "job"))).toBe(true);
    expect(await mine.retry(id)).toMatchObject({ state: "queued", failed: 0 });
    expect(await mine.retryable(present(await mine.get(id), "job"))).toBe(false); // under way
    expect(await mine.items.waiting(id, 10)).toHaveLength(2);

    // A job that gave up (no model, no database) left all its documents.
    await mine.claim("ingest", 60);
    await mine.finish(id, "failed", { code: "no-model", message: "m", hint: "h" });
    expect(await mine.retryable(present(await mine.get(id), "job"))).toBe(true);

    const cut = await mine.create({ kind: "ingest", correlationId: "c", traceparent: null, collectionId: null }, 0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await theirs.sweep()).toBe(1);
    expect(await mine.get(cut)).toBeNull();
  });
});
