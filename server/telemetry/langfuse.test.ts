import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Langfuse } from "./langfuse.ts";
import type { OtlpRequest } from "./otlp.ts";
import { connectTo, Receiver } from "../testing/langfuse.ts";

let folder: string;
let receiver: Receiver;
let lost: { items: number; reason: string }[];
const open: Langfuse[] = [];

const connect = async (options: { maxBytes?: number; secretKey?: string; timeoutMs?: number } = {}) => {
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
    await langfuse.score({ id: "s1", traceId: "a".repeat(32), name: "recall@10", value: 0.5, dataType: "NUMERIC" });
    await langfuse.drain(5000);
    expect(new Set(ids()).size).toBe(450);
    expect(receiver.received.scores).toHaveLength(1);
    expect(receiver.headers[0]["x-langfuse-ingestion-version"]).toBe("4");
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
    batch.resourceSpans[0].scopeSpans[0].spans[13].traceId = "malformed";
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
    // What is left is the newest, in order.
    expect(ids()).toEqual(
      Array.from({ length: queued }, (_, i) => (serial - queued + 1 + i).toString(16).padStart(16, "0")),
    );
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
