import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { StudioError } from "../../src/domain/errors.ts";
import { ATTRIBUTE, type SpanName } from "../../src/domain/telemetry/attributes.ts";
import { at, present } from "../../src/domain/present.ts";
import { Telemetry } from "./telemetry.ts";
import { connectTo, Receiver } from "../testing/langfuse.ts";

const lines: { fields: Record<string, unknown>; message: string }[] = [];
const log = {
  info: (fields: object, message: string) => void lines.push({ fields: { ...fields }, message }),
  warn: (fields: object, message: string) => void lines.push({ fields: { ...fields }, message }),
};
const folder = mkdtempSync(join(tmpdir(), "telemetry-"));
afterEach(() => void lines.splice(0));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const PARENT = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };

describe("Telemetry", () => {
  it("continues the page's trace and nests spans across awaits", async () => {
    const receiver = await new Receiver().start();
    const langfuse = await connectTo(receiver, folder);
    const telemetry = new Telemetry({ langfuse, log, version: "1.0.0", captureText: false, batchMs: 5 });
    const parent = telemetry.incoming({ traceparent: `00-${PARENT.traceId}-${PARENT.spanId}-01` });
    await telemetry.span(
      "retrieval.search",
      { [ATTRIBUTE.observationType]: "retriever", [ATTRIBUTE.k]: 5 },
      async (span) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        await telemetry.span("embeddings.create", { [ATTRIBUTE.observationType]: "embedding" }, async () => {});
        span.setAttribute(ATTRIBUTE.results, 3);
        span.setAttribute("query", "a secret question");
      },
      parent,
    );
    await telemetry.flush();
    await langfuse.drain(3000);
    const [inner, outer] = [at(receiver.received.spans, 0), at(receiver.received.spans, 1)];
    expect([inner.traceId, outer.traceId]).toEqual([PARENT.traceId, PARENT.traceId]);
    expect(outer.parentSpanId).toBe(PARENT.spanId);
    expect(inner.parentSpanId).toBe(outer.spanId);
    expect(receiver.bodies.join()).not.toContain("secret");
    expect(lines.some(({ fields }) => fields.event === "attributes-cut")).toBe(true);
    await telemetry.close();
    await receiver.stop();
  });

  it("marks a failed span with its code and not with its words", async () => {
    const telemetry = new Telemetry({ langfuse: null, log, version: "1.0.0", captureText: false, batchMs: 5 });
    const failing = telemetry.span("ingestion.job", {}, () => {
      throw new StudioError("disk-full", "No room for secret.txt", "Free some space.");
    });
    await expect(failing).rejects.toThrow("No room");
    await telemetry.flush();
    const line = present(
      lines.find(({ message }) => message === "ingestion.job"),
      "line",
    );
    expect(line.fields).toMatchObject({ event: "span", error_code: "disk-full", level: "ERROR" });
    expect(JSON.stringify(lines)).not.toContain("secret");
    await telemetry.close();
  });

  it("roots and names a trace that it begins or a foreign caller's, and leaves those of its own page alone", async () => {
    const telemetry = new Telemetry({ langfuse: null, log, version: "1.0.0", captureText: false, batchMs: 5 });
    const traceparent = `00-${PARENT.traceId}-${PARENT.spanId}-01`;
    const seen = async (context: Parameters<typeof telemetry.span>[3]) => {
      lines.splice(0);
      await telemetry.span(
        "retrieval.search",
        {},
        () => telemetry.span("embeddings.create", {}, async () => {}),
        context,
      );
      await telemetry.flush();
      return ["retrieval.search", "embeddings.create"].map((name) => {
        const { is_app_root: root, name: traceName } = present(
          lines.find(({ message }) => message === name),
          name,
        ).fields;
        return [root, traceName];
      });
    };
    const entry = [
      [true, "retrieval.search"],
      [undefined, undefined],
    ];
    const inside = [
      [undefined, undefined],
      [undefined, undefined],
    ];
    expect(await seen(undefined)).toEqual(entry);
    expect(await seen(telemetry.incoming({ traceparent }))).toEqual(entry);
    expect(await seen(telemetry.incoming({ traceparent, tracestate: "vendor=1" }))).toEqual(entry);
    expect(await seen(telemetry.incoming({ traceparent, tracestate: "recall-studio=page,vendor=1" }))).toEqual(inside);
    expect(await seen(telemetry.resumed(traceparent))).toEqual(inside);
    await telemetry.close();
  });

  it("tells a caller's mistake from a fault, and leaves work that nobody asked for a fault", async () => {
    const isCallersMistake = (thrown: unknown) => thrown instanceof StudioError;
    const options = { langfuse: null, log, version: "1.0.0", captureText: false, batchMs: 5, isCallersMistake };
    const telemetry = new Telemetry(options);
    const level = async (name: SpanName, thrown: Error) => {
      await expect(telemetry.span(name, {}, () => Promise.reject(thrown))).rejects.toThrow();
      await telemetry.flush();
      return lines.findLast(({ message }) => message === name)?.fields.level;
    };
    const mistake = new StudioError("dimension-too-large", "Too large.", "Ask for less.");
    expect(await level("embeddings.create", mistake)).toBe("WARNING");
    expect(await level("embeddings.create", new Error("broken"))).toBe("ERROR");
    expect(await level("ingestion.job", mistake)).toBe("ERROR");
    await telemetry.close();
  });

  it("keeps what went in and came out only when the operator asked for text", async () => {
    for (const captureText of [false, true]) {
      const telemetry = new Telemetry({ langfuse: null, log, version: "1.0.0", captureText, batchMs: 5 });
      await telemetry.span("retrieval.search", {}, async (span) =>
        telemetry.text(span, { input: () => "a question", output: () => "an answer" }),
      );
      await telemetry.flush();
      await telemetry.close();
    }
    const [without, with_] = lines.filter(({ message }) => message === "retrieval.search").map(({ fields }) => fields);
    expect([without?.input, without?.output]).toEqual([undefined, undefined]);
    expect(with_).toMatchObject({ input: "a question", output: "an answer" });
    expect(lines.filter(({ fields }) => fields.event === "attributes-cut")).toEqual([]);
  });

  it("writes the page's spans to the log when nothing is connected", async () => {
    const telemetry = new Telemetry({ langfuse: null, log, version: "1.0.0", captureText: false });
    const span = {
      traceId: PARENT.traceId,
      spanId: PARENT.spanId,
      name: "training.run",
      startTimeUnixNano: "1",
      endTimeUnixNano: "2",
      attributes: [{ key: ATTRIBUTE.datasetHash, value: { stringValue: "abcdef0123" } }],
    };
    const body = Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span, { traceId: 1 }] }] }] }));
    expect(await telemetry.accept(body, "application/json")).toMatchObject({ accepted: 1, dropped: 1 });
    expect(lines.find(({ message }) => message === "training.run")?.fields).toMatchObject({
      trace_id: PARENT.traceId,
      dataset_hash: "abcdef0123",
    });
    expect(telemetry.status()).toMatchObject({ connected: false, queued: 0 });
    await telemetry.close();
  });
});
