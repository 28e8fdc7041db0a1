import protobuf from "protobufjs";
import { StudioError } from "../../src/domain/errors.ts";

/** OTLP traces in the JSON mapping: ids as hex, 64-bit times as decimal strings. */
export interface OtlpValue {
  stringValue?: string;
  boolValue?: boolean;
  intValue?: string | number;
  doubleValue?: number;
  arrayValue?: unknown;
  kvlistValue?: unknown;
  bytesValue?: unknown;
}
export interface OtlpAttribute {
  key: string;
  value: OtlpValue;
}
export interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind?: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes?: OtlpAttribute[];
  status?: { code?: number; message?: string };
}
export interface OtlpRequest {
  resourceSpans: {
    resource?: { attributes?: OtlpAttribute[] };
    scopeSpans: { scope?: { name?: string; version?: string }; spans: OtlpSpan[] }[];
  }[];
}

/**
 * The part of `opentelemetry/proto/trace/v1/trace.proto` that is forwarded, by the field numbers of the OTLP 1.x
 * specification. Unknown fields are skipped, which is what the proxy wants: events and links never pass.
 */
const schema = protobuf.Root.fromJSON({
  nested: {
    ExportTraceServiceRequest: { fields: { resourceSpans: { rule: "repeated", type: "ResourceSpans", id: 1 } } },
    ResourceSpans: {
      fields: {
        resource: { type: "Resource", id: 1 },
        scopeSpans: { rule: "repeated", type: "ScopeSpans", id: 2 },
      },
    },
    Resource: { fields: { attributes: { rule: "repeated", type: "KeyValue", id: 1 } } },
    ScopeSpans: {
      fields: { scope: { type: "Scope", id: 1 }, spans: { rule: "repeated", type: "Span", id: 2 } },
    },
    Scope: { fields: { name: { type: "string", id: 1 }, version: { type: "string", id: 2 } } },
    Span: {
      fields: {
        traceId: { type: "bytes", id: 1 },
        spanId: { type: "bytes", id: 2 },
        parentSpanId: { type: "bytes", id: 4 },
        name: { type: "string", id: 5 },
        kind: { type: "int32", id: 6 },
        startTimeUnixNano: { type: "fixed64", id: 7 },
        endTimeUnixNano: { type: "fixed64", id: 8 },
        attributes: { rule: "repeated", type: "KeyValue", id: 9 },
        status: { type: "Status", id: 15 },
      },
    },
    Status: { fields: { message: { type: "string", id: 2 }, code: { type: "int32", id: 3 } } },
    KeyValue: { fields: { key: { type: "string", id: 1 }, value: { type: "AnyValue", id: 2 } } },
    AnyValue: {
      oneofs: { value: { oneof: ["stringValue", "boolValue", "intValue", "doubleValue"] } },
      fields: {
        stringValue: { type: "string", id: 1 },
        boolValue: { type: "bool", id: 2 },
        intValue: { type: "int64", id: 3 },
        doubleValue: { type: "double", id: 4 },
      },
    },
  },
}).lookupType("ExportTraceServiceRequest");

const hex = (bytes: unknown): string => (bytes instanceof Uint8Array ? Buffer.from(bytes).toString("hex") : "");

const refuse = (what: string): StudioError =>
  new StudioError(
    "otlp-unreadable",
    `The trace request is not ${what}.`,
    "Send an OTLP ExportTraceServiceRequest as JSON or protobuf.",
  );

/**
 * Reads an export request. Its shape is checked only as far as the list of spans; `sanitise` judges span by span.
 *
 * @throws StudioError `otlp-unreadable` when the body is neither form
 */
export const decodeOtlp = (body: Uint8Array, contentType: string): unknown => {
  if (contentType.includes("json")) {
    try {
      return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
    } catch {
      throw refuse("valid JSON");
    }
  }
  try {
    const message = schema.toObject(schema.decode(body), { longs: String, bytes: Uint8Array, arrays: true });
    for (const { scopeSpans } of message.resourceSpans)
      for (const { spans } of scopeSpans)
        for (const span of spans) for (const id of ["traceId", "spanId", "parentSpanId"]) span[id] = hex(span[id]);
    return message;
  } catch {
    throw refuse("valid protobuf");
  }
};
