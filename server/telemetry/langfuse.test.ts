import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { at } from "../../src/domain/present.ts";
import type { Langfuse } from "./langfuse.ts";
import type { OtlpRequest } from "./otlp.ts";
import type { Score } from "./scores.ts";
import { connectTo, PROJECT, Receiver } from "../testing/langfuse.ts";

let folder: string;
let receiver: Receiver;
let lost: { items: number; reason: string }[];
const open: Langfuse[] = [];

const connect = async (options: NonNullable<Parameters<typeof connectTo>[2]> = {}) => {
  const langfuse = await connectTo(receiver, folder, {
    backoff: { first: 5, longest: 40 },
    onDrop: (items, reason) => lost.push({ items, reason }),
    ...options,
  });
  open.push(langfuse);
  return langfuse;
};
let serial = 0;
const request = (spans: number): OtlpRequest => ({
  resourceSpans: [
    {
      resource: { attributes: [] },
      scopeSpans: [
        {
          scope: { name: "test" },
          spans: Array.from({ length: spans }, () => ({
            traceId: "a".repeat(32),
            spanId: (++serial).toString(16).padStart(16, "0"),
            name: "retrieval.search",
            kind: 1,
            startTimeUnixNano: "1700000000000000000",
            endTimeUnixNano: "1700000000000000001",
            attributes: [],
          })),
        },
      ],
    },
  ],
});
const scoresOf = (count: number): Score[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `score-${i}`,
    traceId: "a".repeat(32),
    observationId: i.toString(16).padStart(16, "0"),
    name: "recall@10",
    value: 0.5,
    dataType: "NUMERIC",
    environment: "sdk-experiment",
    timestamp: "2026-11-28T00:00:00.000Z",
  }));
const ids = () => receiver.received.spans.map((span) => String(span.spanId));

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "outbox-"));
  receiver = await new Receiver().start();
  lost = [];
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((langfuse) => langfuse.close()));
  await receiver.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe("Langfuse behind the outbox", () => {
  it("delivers spans and scores, signed, by ingestion version 4", async () => {
    const langfuse = await connect();
    await langfuse.traces(request(450));
    await langfuse.score(scoresOf(1));
    await langfuse.drain(5000);
    expect(new Set(ids()).size).toBe(450);
    expect(receiver.received.scores).toHaveLength(1);
    expect(receiver.headers[0]?.["x-langfuse-ingestion-version"]).toBe("4");
    expect(langfuse.status()).toEqual({ queued: 0, delivered: 451, dropped: 0, lastError: null });
  });

  it("waits as long as Retry-After asks, then delivers everything once", async () => {
    receiver.trouble = [{ status: 429, headers: { "retry-after": "1" } }, { status: 503 }, { status: 500 }];
    const langfuse = await connect();
    const started = Date.now();
    await langfuse.traces(request(3));
    await langfuse.drain(8000);
    expect(Date.now() - started).toBeGreaterThanOrEqual(1000);
    expect(ids()).toHaveLength(3);
  });

  it("survives a dead upstream and its own restart between", async () => {
    const { port } = receiver;
    await receiver.stop();
    const first = await connect();
    for (let i = 0; i < 5; i += 1) await first.traces(request(10));
    expect(first.status()).toMatchObject({ queued: 50, dropped: 0 });
    await first.close();
    writeFileSync(join(folder, "outbox/langfuse/000000000099-1-dead.json.part"), "{"); // a write that a crash cut short

    receiver.port = port;
    await receiver.start();
    const second = await connect();
    expect(second.status().queued + second.status().delivered).toBe(50);
    await second.drain(8000);
    expect(new Set(ids()).size).toBe(50);
    await expect.poll(() => readdirSync(join(folder, "outbox/langfuse"))).toEqual([]);
  });

  it("halves what is too large until it fits", async () => {
    receiver.maxSpans = 7;
    const langfuse = await connect();
    await langfuse.traces(request(100));
    await langfuse.drain(8000);
    expect(new Set(ids()).size).toBe(100);
    expect(lost).toEqual([]);
  });

  it("loses only the malformed span of a batch, and counts it", async () => {
    const langfuse = await connect();
    const batch = request(20);
    at(at(at(batch.resourceSpans, 0).scopeSpans, 0).spans, 13).traceId = "malformed";
    await langfuse.traces(batch);
    await langfuse.drain(8000);
    expect(ids()).toHaveLength(19);
    expect(lost).toEqual([{ items: 1, reason: "http-400" }]);
    expect(langfuse.status()).toMatchObject({ dropped: 1, delivered: 19 });
  });

  it("drops the oldest beyond its limit, counted exactly", async () => {
    await receiver.stop();
    const langfuse = await connect({ maxBytes: 12_000 });
    for (let i = 0; i < 20; i += 1) await langfuse.traces(request(5));
    const { queued, dropped } = langfuse.status();
    expect(dropped).toBeGreaterThan(0);
    expect(queued + dropped).toBe(100);
    expect(lost.reduce((sum, { items }) => sum + items, 0)).toBe(dropped);
    await receiver.start();
    await langfuse.drain(8000);
    // What is left is the newest, in order; a parcel on its way when the queue ran over is not dropped, so it may come before them.
    const sent = ids();
    const newest = Array.from({ length: queued }, (_, i) => (serial - queued + 1 + i).toString(16).padStart(16, "0"));
    expect([sent.length, sent]).toEqual([queued, sent.toSorted()]);
    expect(sent.slice(5)).toEqual(newest.slice(5));
  });

  it.each([
    ["is slow", () => (receiver.slowMs = 150)],
    ["takes half as much at once", () => (receiver.maxSpans = 3)],
  ])("counts nothing twice when the queue runs over while upstream %s", async (_what, slowDown) => {
    slowDown();
    const langfuse = await connect({ maxBytes: 6000 });
    for (let i = 0; i < 20; i += 1) await langfuse.traces(request(5));
    expect(langfuse.status().dropped).toBeGreaterThan(0);
    await langfuse.drain(8000);
    const { queued, delivered, dropped } = langfuse.status();
    expect([queued, delivered + dropped]).toEqual([0, 100]);
    expect([ids().length, new Set(ids()).size]).toEqual([delivered, delivered]);
  });

  it("keeps everything while the keys are wrong, and says so", async () => {
    const langfuse = await connect({ secretKey: "sk-wrong" });
    await langfuse.traces(request(4));
    await expect.poll(() => langfuse.status().lastError?.code).toBe("http-401");
    expect(langfuse.status()).toMatchObject({ queued: 4, dropped: 0 });
  });

  it("gives up on a slow answer and tries again", async () => {
    receiver.trouble = [{ status: 200, delayMs: 3000 }];
    const langfuse = await connect({ timeoutMs: 100 });
    await langfuse.traces(request(2));
    await langfuse.drain(2500);
    expect(ids()).toHaveLength(2);
  });

  it("is a counted drop, not an error, when the disk refuses", async () => {
    const langfuse = await connect();
    rmSync(join(folder, "outbox"), { recursive: true });
    await langfuse.traces(request(3));
    expect(lost).toEqual([{ items: 3, reason: "disk-error" }]);
  });
});
describe("scores on the smallest plan", () => {
  const BUDGET = 30;
  const TRACES = "/api/public/otel/v1/traces";
  const SINGLE = "/api/public/scores";
  const BATCH = "/api/public/ingestion";
  const refused = () => receiver.requests.filter(({ status }) => status === 429).length;

  it("of 500 queries fit into one minute's budget together with their spans, which go first", async () => {
    receiver.budget = { requests: BUDGET, windowMs: 60_000 };
    const langfuse = await connect();
    await langfuse.traces(request(1000));
    await langfuse.score(scoresOf(4500));
    await langfuse.drain(20_000);
    expect(new Set(receiver.received.scores.map(({ id }) => id)).size).toBe(4500);
    expect(ids()).toHaveLength(1000);
    expect([receiver.asked(BATCH), receiver.asked(SINGLE), refused()]).toEqual([9, 0, 0]);
    const order = receiver.requests.map(({ path }) => path);
    expect(order.lastIndexOf(TRACES)).toBeLessThan(order.indexOf(BATCH));
  });

  it("wait while spans cannot be delivered", async () => {
    receiver.trouble = Array.from({ length: 4 }, () => ({ status: 503 }));
    const langfuse = await connect();
    await langfuse.traces(request(1));
    await langfuse.score(scoresOf(3));
    await langfuse.drain(5000);
    const posted = receiver.requests.filter(({ method }) => method === "POST").map(({ path }) => path);
    expect(posted).toEqual([...Array<string>(5).fill(TRACES), BATCH]);
  });

  it.each([
    ["there is no such endpoint", () => receiver.without.add(BATCH)],
    ["it takes no scores any more", () => receiver.refusedEvents.add("score-create")],
  ])("go one by one, paced below the budget, where batches are refused: %s", async (_why, refuse) => {
    refuse();
    // A minute in half a second: half of 30 requests leaves 33 ms between two.
    receiver.budget = { requests: BUDGET, windowMs: 500 };
    const langfuse = await connect({ scoresPaceMs: 34 });
    await langfuse.score(scoresOf(40));
    const started = Date.now();
    for (let i = 0; i < 5; i += 1) {
      await langfuse.traces(request(1));
      await expect.poll(() => ids().length, { interval: 5, timeout: 300 }).toBe(i + 1); // nobody stands before a span
    }
    await langfuse.drain(20_000);
    expect(receiver.received.scores.map(({ id }) => id)).toEqual(scoresOf(40).map(({ id }) => id));
    expect([receiver.asked(SINGLE), refused()]).toEqual([40, 0]);
    expect(Date.now() - started).toBeGreaterThan(39 * 34);
    expect(langfuse.status()).toMatchObject({ queued: 0, dropped: 0, delivered: 45 });
  });

  it("lose only the one that is malformed, and batches go on", async () => {
    const langfuse = await connect();
    const some = scoresOf(10);
    at(some, 3).name = "";
    await langfuse.score(some);
    await langfuse.drain(5000);
    expect(receiver.received.scores).toHaveLength(9);
    expect(lost).toEqual([{ items: 1, reason: "http-400" }]);
    await langfuse.score([at(some, 3)]); // A batch of which nothing is taken: told apart by a single post.
    await langfuse.score(scoresOf(2));
    await langfuse.drain(5000);
    expect(lost).toHaveLength(2);
    expect([receiver.asked(BATCH), receiver.asked(SINGLE)]).toEqual([3, 1]);
    expect(langfuse.status()).toMatchObject({ queued: 0, dropped: 2, delivered: 11 });
  });

  it("are kept through a restart, and sent again they are the same", async () => {
    const { port } = receiver;
    await receiver.stop();
    const first = await connect();
    await first.score(scoresOf(3));
    await first.close();
    receiver.port = port;
    await receiver.start();
    const second = await connect();
    await second.drain(5000);
    await second.score(scoresOf(3));
    await second.drain(5000);
    const [before, after] = receiver.bodies;
    expect(after).toBe(before);
    expect(receiver.received.scores).toHaveLength(6);
    expect(receiver.received.scores[0]).toMatchObject({
      observationId: "0".repeat(16),
      timestamp: at(scoresOf(1), 0).timestamp,
    });
  });
});

describe("the link to a trace", () => {
  const PROJECTS = "/api/public/projects";

  it("leads into the project of the keys, which is asked for once", async () => {
    const langfuse = await connect();
    await expect.poll(() => langfuse.traceUrl("t")).toBe(`${receiver.url}/project/${PROJECT}/traces/t`);
    await langfuse.close();
    const again = await connect();
    expect(again.traceUrl("t")).toBe(`${receiver.url}/project/${PROJECT}/traces/t`);
    expect(receiver.asked(PROJECTS)).toBe(1);
    // Other keys, other project.
    const others = await connectTo(Object.assign(receiver, { publicKey: "pk-other" }), folder);
    open.push(others);
    expect(others.traceUrl("t")).toBeNull();
    await expect.poll(() => receiver.asked(PROJECTS)).toBe(2);
  });

  it("waits for a server that is away, and stays the old one where the server does not tell", async () => {
    const { port } = receiver;
    await receiver.stop();
    const langfuse = await connect();
    expect(langfuse.traceUrl("t")).toBeNull();
    receiver.port = port;
    receiver.without.add(PROJECTS);
    await receiver.start();
    await expect.poll(() => langfuse.traceUrl("t")).toBe(`${receiver.url}/trace/t`);
  });
});
