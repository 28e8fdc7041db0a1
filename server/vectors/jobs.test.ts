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
    expect((await mine.claim("ingest", 1))?.id).toBe(id);
    const claims = await Promise.all([theirs.claim("ingest", 60), theirs.claim("ingest", 60)]);
    expect(claims).toEqual([null, null]);
    await new Promise((resolve) => setTimeout(resolve, 1200));
    const [one, two] = await Promise.all([theirs.claim("ingest", 60), theirs.claim("ingest", 60)]);
    expect([one?.id, two?.id].filter(Boolean)).toEqual([id]);

    // The first worker wakes up again: nothing that it does to the job counts, and its document is not stored.
    const item = at(await mine.items.waiting(id, 1), 0);
    const end = (store: JobStore) =>
      (store === mine ? first : second).sql.transaction((tx) =>
        store.items.finish(tx, item, { state: "done", chunks: 3 }),
      );
    expect(await mine.renew(id, 60)).toBe(false);
    await expect(end(mine)).rejects.toMatchObject({ code: "job-taken-over" });
    await mine.finish(id, "failed");
    await mine.requeue(id);
    await end(theirs);
    await end(theirs); // An item that ended counts once.
    expect(await mine.get(id)).toMatchObject({ state: "running", done: 1, chunks: 3 });
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

  it("makes one re-embedding of a collection however many ask, and lets no second run beside it", async () => {
    const ask = (store: JobStore) =>
      store.rebuild("abcdef12", { correlationId: "c", traceparent: null }, async () => ({ label: "", chunksTotal: 1 }));
    const asked = await Promise.all([ask(mine), ask(theirs), ask(mine)]);
    expect(new Set(asked.map(({ job }) => job.id)).size).toBe(1);
    expect(asked.filter(({ created }) => created)).toHaveLength(1);

    // A retry brings an old one back beside the new one.
    const old = await mine.create(
      { kind: "re-embed", correlationId: "c", traceparent: null, collectionId: "abcdef12" },
      60,
    );
    await mine.submit(old, { label: "old" });
    const claims = await Promise.all([mine.claim("re-embed", 60), theirs.claim("re-embed", 60)]);
    const running = claims.flatMap((job) => (job ? [job.id] : []));
    expect(running).toHaveLength(1);
    await (claims[0] ? mine : theirs).finish(at(running, 0), "done");
    const next = await theirs.claim("re-embed", 60);
    expect([...running, next?.id].sort()).toEqual([at(asked, 0).job.id, old].sort());
  });
});
