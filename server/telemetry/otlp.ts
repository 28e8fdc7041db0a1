import { fromBinary, type JsonValue, toJson } from "@bufbuild/protobuf";
import { StudioError } from "../../src/domain/errors.ts";
import { exportRequest } from "./otlpSchema.ts";

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

const refuse = (what: string): StudioError =>
  new StudioError(
    "otlp-unreadable",
    `The trace request is not ${what}.`,
    "Send an OTLP ExportTraceServiceRequest as JSON or protobuf.",
  );

/**
 * Reads an export request. Its shape is checked only as far as the list of spans; `sanitize` judges span by span.
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
    return withHexIds(toJson(exportRequest, fromBinary(exportRequest, body, { readUnknownFields: false })));
  } catch {
    throw refuse("valid protobuf");
  }
};

interface WireRequest {
  resourceSpans?: { scopeSpans?: { spans?: Record<string, unknown>[] }[] }[];
}

/** The JSON mapping of protobuf writes bytes in base64; OTLP writes ids as hex. */
const withHexIds = (message: JsonValue): JsonValue => {
  for (const { scopeSpans = [] } of (message as WireRequest).resourceSpans ?? [])
    for (const { spans = [] } of scopeSpans)
      for (const span of spans)
        for (const id of ["traceId", "spanId", "parentSpanId"])
          if (typeof span[id] === "string") span[id] = Buffer.from(span[id], "base64").toString("hex");
  return message;
};
