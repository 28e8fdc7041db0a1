import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ATTRIBUTE } from "../../src/domain/telemetry/attributes.ts";
import { at } from "../../src/domain/present.ts";
import { decodeOtlp } from "./otlp.ts";
import { sanitize } from "./sanitize.ts";
import { OfficialRequest, officialMessage } from "../testing/langfuse.ts";

const good = {
  traceId: "0123456789abcdef0123456789abcdef",
  spanId: "0123456789abcdef",
  name: "retrieval.search",
  kind: 1,
  startTimeUnixNano: "1700000000000000000",
  endTimeUnixNano: "1700000001000000000",
  attributes: [
    { key: ATTRIBUTE.observationType, value: { stringValue: "retriever" } },
    { key: ATTRIBUTE.k, value: { intValue: "10" } },
  ],
};
const request = (...spans: unknown[]) => ({
  resourceSpans: [{ resource: { attributes: [] }, scopeSpans: [{ scope: { name: "x" }, spans }] }],
});
const spansOf = (body: unknown, captureText = false) =>
  sanitize(body, captureText).request.resourceSpans[0]?.scopeSpans[0]?.spans ?? [];

describe("sanitize", () => {
  it("lets a sound span pass unchanged", () => {
    const result = sanitize(request(good), false);
    expect(result).toMatchObject({ accepted: 1, repaired: 0, dropped: 0, cut: 0 });
    expect(spansOf(request(good))[0]).toMatchObject(good);
  });

  it("drops a span without usable ids or start, and keeps its neighbors", () => {
    const result = sanitize(
      request(
        good,
        { ...good, traceId: "0".repeat(32) },
        { ...good, spanId: "xyz" },
        { ...good, startTimeUnixNano: "soon" },
        null,
        7,
      ),
      false,
    );
    expect(result).toMatchObject({ accepted: 1, dropped: 5 });
  });

  it("repairs end before start, own parent, unknown name and kind", () => {
    const spans = spansOf(
      request({ ...good, endTimeUnixNano: "1", parentSpanId: good.spanId, name: "my secret text", kind: 99 }),
    );
    const span = at(spans, 0);
    expect(span).toMatchObject({ endTimeUnixNano: good.startTimeUnixNano, name: "http.request", kind: 1 });
    expect(span.parentSpanId).toBeUndefined();
    expect(sanitize(request({ ...good, endTimeUnixNano: "1" }), false).repaired).toBe(1);
  });

  it("cuts every attribute outside the allow-list, and text in a permitted one", () => {
    const secret = "the patient's name is Ada";
    const attributes = [
      ...Object.values(ATTRIBUTE).map((key) => ({ key, value: { stringValue: secret } })),
      { key: "langfuse.observation.input", value: { stringValue: secret } },
      { key: "exception.message", value: { stringValue: secret } },
      { key: "langfuse.observation.metadata.query", value: { stringValue: secret } },
      { key: secret, value: { stringValue: "x" } },
      { key: ATTRIBUTE.k, value: { arrayValue: { values: [{ stringValue: secret }] } } },
    ];
    const body = {
      resourceSpans: [
        {
          resource: {
            attributes: [
              { key: "process.command_line", value: { stringValue: secret } },
              { key: "service.name", value: { stringValue: secret } },
            ],
          },
          scopeSpans: [
            {
              scope: { name: secret },
              spans: [{ ...good, attributes, status: { code: 2, message: secret }, events: [{ name: secret }] }],
            },
          ],
        },
      ],
    };
    expect(JSON.stringify(sanitize(body, false).request)).not.toContain("Ada");
  });

  it("lets text attributes pass only when the operator asked for text", () => {
    const withText = {
      ...good,
      attributes: [{ key: "langfuse.observation.input", value: { stringValue: "hello there" } }],
    };
    expect(JSON.stringify(spansOf(request(withText), true))).toContain("hello there");
    expect(JSON.stringify(spansOf(request(withText), false))).not.toContain("hello there");
  });

  it("reads protobuf that the official definitions wrote", () => {
    const bytes = OfficialRequest.encode(officialMessage(request(good) as never)).finish();
    expect(spansOf(decodeOtlp(bytes, "application/x-protobuf"))[0]).toMatchObject(good);
  });

  it("keeps the other spans of a protobuf request in which some text is not UTF-8", () => {
    const bytes = Buffer.from(OfficialRequest.encode(officialMessage(request(good, { ...good }) as never)).finish());
    bytes[bytes.indexOf(good.name)] = 0xff;
    expect(spansOf(decodeOtlp(bytes, "application/x-protobuf")).map(({ name }) => name)).toEqual([
      "http.request",
      good.name,
    ]);
  });

  it("names what it cannot read", () => {
    expect(() => decodeOtlp(new Uint8Array([0x7b, 0xff]), "application/json")).toThrow(/not valid JSON/);
    expect(() => decodeOtlp(new Uint8Array([0x0a, 0xff, 0xff]), "application/x-protobuf")).toThrow(
      /not valid protobuf/,
    );
  });

  it("gives an officially valid request for any JSON value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.array(fc.record({ ...mutations() }, { requiredKeys: [] })), (anything, spans) => {
        for (const body of [anything, request(...spans), request(anything)]) {
          const { request: safe } = sanitize(body, false);
          expect(OfficialRequest.verify(officialMessage(safe as never))).toBeNull();
        }
      }),
      { numRuns: 200 },
    );
  });
});

const mutations = () => ({
  traceId: fc.oneof(fc.constant(good.traceId), fc.string(), fc.jsonValue()),
  spanId: fc.oneof(fc.constant(good.spanId), fc.jsonValue()),
  parentSpanId: fc.oneof(fc.constant("fedcba9876543210"), fc.jsonValue()),
  name: fc.oneof(fc.constant(good.name), fc.jsonValue()),
  kind: fc.jsonValue(),
  startTimeUnixNano: fc.oneof(fc.constant("5"), fc.constant("99999999999999999999"), fc.jsonValue()),
  endTimeUnixNano: fc.oneof(fc.constant("6"), fc.jsonValue()),
  attributes: fc.array(
    fc.record({
      key: fc.constantFrom(...Object.values(ATTRIBUTE)),
      value: fc.oneof(fc.record({ stringValue: fc.string() }), fc.jsonValue()),
    }),
  ),
  status: fc.jsonValue(),
});
