import { describe, expect, it } from "vitest";
import { StudioError } from "../domain/errors.ts";
import { ATTRIBUTE } from "../domain/telemetry/attributes.ts";
import { createTracer } from "./telemetry.ts";

const collect = () => {
  const bodies: string[] = [];
  const send = (async (_url: string, init: RequestInit) => {
    bodies.push(await (init.body as Blob).text());
    return new Response("{}");
  }) as unknown as typeof fetch;
  return { bodies, send };
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

  it("does not fail the caller when the server is away", async () => {
    const tracer = createTracer({ send: () => Promise.reject(new Error("down")) });
    tracer.start("training.run").end();
    await expect(tracer.flush()).resolves.toBeUndefined();
  });
});
