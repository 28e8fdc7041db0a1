import { describe, expect, it } from "vitest";
import { RefusedError, StudioError } from "../domain/errors.ts";
import { ATTRIBUTE } from "../domain/telemetry/attributes.ts";
import { createTracer } from "./telemetry.ts";
import { unsentInMemory } from "./unsentSpans.ts";

const collect = () => {
  const bodies: string[] = [];
  const send = (async (_url: string, init: RequestInit) => {
    bodies.push(await (init.body as Blob).text());
    return new Response("{}");
  }) as unknown as typeof fetch;
  return { bodies, send };
};

type Sent = { name: string; attributes: { key: string; value: object }[] };
/** The attributes of the first span of that name that was sent. */
const factsOf = (bodies: string[], name: string): Record<string, unknown> => {
  const requests = bodies.map((body) => JSON.parse(body) as { resourceSpans: { scopeSpans: { spans: Sent[] }[] }[] });
  const spans = requests.flatMap(({ resourceSpans }) => resourceSpans.flatMap((one) => one.scopeSpans[0]!.spans));
  const { attributes } = spans.find((span) => span.name === name)!;
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
};

describe("the page's tracer", () => {
  it("nests children under their parent and names the trace for requests", async () => {
    const { bodies, send } = collect();
    const tracer = createTracer({ send });
    const run = tracer.start("training.run", { [ATTRIBUTE.datasetHash]: "abcd1234", [ATTRIBUTE.k]: undefined });
    const step = run.child("training.step", { [ATTRIBUTE.step]: 1 });
    step.end();
    run.end();
    await tracer.flush();
    const spans = JSON.parse(bodies.join("")).resourceSpans[0].scopeSpans[0].spans;
    const outer = spans.find((span: { name: string }) => span.name === "training.run");
    const inner = spans.find((span: { name: string }) => span.name === "training.step");
    expect(inner).toMatchObject({ parentSpanId: outer.spanId, traceId: outer.traceId });
    expect(run.traceparent).toBe(`00-${outer.traceId}-${outer.spanId}-01`);
  });

  it("keeps an error's words at home", async () => {
    const { bodies, send } = collect();
    const tracer = createTracer({ send });
    tracer.start("training.run").end(new StudioError("device-lost", "lost while reading diary.jsonl", "Resume."));
    await tracer.flush();
    expect(bodies.join("")).toContain("device-lost");
    expect(bodies.join("")).not.toContain("diary");
  });

  it("names the trace on every span, and its root on the first; a refusal is a warning", async () => {
    const { bodies, send } = collect();
    const tracer = createTracer({ send });
    const parent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
    const run = tracer.start("training.run");
    run.child("training.step").end();
    run.end();
    const refusal = new RefusedError({ code: "gate-refused", message: "No.", hint: "Ask." });
    tracer.start("registry.promote", { [ATTRIBUTE.traceName]: "training.run" }, parent).end(refusal);
    await tracer.flush();
    const facts = (name: string) => factsOf(bodies, name);
    expect(facts("training.run")).toMatchObject({ [ATTRIBUTE.traceName]: "training.run", [ATTRIBUTE.appRoot]: true });
    expect(facts("training.step")).toMatchObject({ [ATTRIBUTE.traceName]: "training.run" });
    expect(facts("training.step")).not.toHaveProperty(ATTRIBUTE.appRoot);
    expect(facts("registry.promote")).toMatchObject({
      [ATTRIBUTE.traceName]: "training.run",
      [ATTRIBUTE.level]: "WARNING",
      [ATTRIBUTE.errorCode]: "gate-refused",
    });
    expect(facts("registry.promote")).not.toHaveProperty(ATTRIBUTE.appRoot);
  });

  it("ends what is open when the page is left, so that no trace is without its root", async () => {
    const { bodies, send } = collect();
    const page = new EventTarget();
    const tracer = createTracer({ send, page });
    const run = tracer.start("training.run");
    run.child("training.step");
    page.dispatchEvent(Object.assign(new Event("pagehide"), { persisted: true }));
    await tracer.flush();
    expect(bodies).toEqual([]); // Kept aside, it may come back.
    page.dispatchEvent(new Event("pagehide"));
    run.end(new Error("too late"));
    await tracer.flush();
    for (const name of ["training.run", "training.step"])
      expect(factsOf(bodies, name)).toMatchObject({
        [ATTRIBUTE.level]: "WARNING",
        [ATTRIBUTE.errorCode]: "page-left",
      });
  });

  it("continues the trace of an earlier visit, and lets a span begin and end in the past", async () => {
    const { bodies, send } = collect();
    const tracer = createTracer({ send });
    const parent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
    const upload = tracer.start("registry.upload", {}, parent);
    upload.child("training.step", {}, 1_700_000_000_000).end(undefined, 1_700_000_002_500);
    upload.end();
    tracer.start("registry.promote", {}, "not a traceparent").end();
    await tracer.flush();
    type Span = { name: string; traceId: string; parentSpanId?: string; attributes: { key: string; value: object }[] };
    const spans = JSON.parse(bodies.join("")).resourceSpans[0].scopeSpans[0].spans as Span[];
    const named = (name: string) => spans.find((span) => span.name === name)!;
    expect(named("registry.upload")).toMatchObject({ traceId: "a".repeat(32), parentSpanId: "b".repeat(16) });
    expect(named("training.step")).toMatchObject({
      startTimeUnixNano: "1700000000000000000",
      endTimeUnixNano: "1700000002500000000",
    });
    expect(named("training.step").attributes).toContainEqual({ key: ATTRIBUTE.latencyMs, value: { intValue: 2500 } });
    expect(named("registry.promote").traceId).not.toBe("a".repeat(32));
    expect(named("registry.promote").parentSpanId).toBeUndefined();
  });

  it("sends what a server did not take with the next spans, by itself after a while, and on the next visit", async () => {
    const { bodies, send } = collect();
    let away = true;
    const sometimes: typeof fetch = (...request) => (away ? Promise.reject(new Error("down")) : send(...request));
    const unsent = unsentInMemory();
    const tracer = createTracer({ send: sometimes, unsent, againMs: 20 });
    tracer.start("training.run").end();
    await tracer.flush();
    away = false;
    tracer.start("registry.upload").end();
    await tracer.flush();
    expect(bodies.join("")).toMatch(/registry\.upload.*training\.run/);
    expect(await unsent.all()).toEqual([]);

    for (const [name, next] of [
      ["artifact.export", () => {}],
      ["evaluation.run", () => void createTracer({ send, unsent })],
    ] as const) {
      away = true;
      tracer.start(name).end();
      await tracer.flush();
      expect(await unsent.all()).toHaveLength(1);
      away = false;
      next();
      await expect.poll(() => unsent.all()).toEqual([]);
      expect(bodies.at(-1)).toContain(name);
    }
  });

  it("sends what it holds when the page is left, without waiting for more", async () => {
    const { bodies, send } = collect();
    const page = new EventTarget();
    const tracer = createTracer({ send, page });
    tracer.start("retrieval.search").end();
    page.dispatchEvent(new Event("pagehide"));
    await expect.poll(() => bodies.join("")).toContain("retrieval.search");
  });

  it("keeps the newest thousand spans, and none that the server will never take", async () => {
    const unsent = unsentInMemory();
    for (let i = 0; i < 5; i += 1) await unsent.add(`body ${i}`, 300);
    expect((await unsent.all()).map(({ body }) => body)).toEqual(["body 2", "body 3", "body 4"]);
    const tracer = createTracer({ send: async () => new Response("{}", { status: 400 }), unsent });
    tracer.start("training.run").end();
    await tracer.flush();
    await expect.poll(() => unsent.all()).toEqual([]);
  });

  it("does not fail the caller when the server is away", async () => {
    const tracer = createTracer({ send: () => Promise.reject(new Error("down")) });
    tracer.start("training.run").end();
    await expect(tracer.flush()).resolves.toBeUndefined();
  });
});
