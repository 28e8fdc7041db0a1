import { create, createFileRegistry, type DescMessage } from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";
import { present } from "../../src/domain/present.ts";

const { BOOL, BYTES, DOUBLE, FIXED64, INT32, INT64, MESSAGE, STRING } = FieldDescriptorProto_Type;

/** A field by number and type; a message's name stands for its type, and brackets around it for a list. */
type Field = readonly [number, FieldDescriptorProto_Type | string | readonly [string]];

/**
 * The part of `opentelemetry/proto/trace/v1/trace.proto` that is forwarded, by the field numbers of the OTLP 1.x
 * specification. Unknown fields are skipped, which is what the proxy wants: events and links never pass.
 */
const MESSAGES: Record<string, Record<string, Field>> = {
  ExportTraceServiceRequest: { resourceSpans: [1, ["ResourceSpans"]] },
  ResourceSpans: { resource: [1, "Resource"], scopeSpans: [2, ["ScopeSpans"]] },
  Resource: { attributes: [1, ["KeyValue"]] },
  ScopeSpans: { scope: [1, "Scope"], spans: [2, ["Span"]] },
  Scope: { name: [1, STRING], version: [2, STRING] },
  Span: {
    traceId: [1, BYTES],
    spanId: [2, BYTES],
    parentSpanId: [4, BYTES],
    name: [5, STRING],
    kind: [6, INT32],
    startTimeUnixNano: [7, FIXED64],
    endTimeUnixNano: [8, FIXED64],
    attributes: [9, ["KeyValue"]],
    status: [15, "Status"],
  },
  Status: { message: [2, STRING], code: [3, INT32] },
  KeyValue: { key: [1, STRING], value: [2, "AnyValue"] },
  AnyValue: { stringValue: [1, STRING], boolValue: [2, BOOL], intValue: [3, INT64], doubleValue: [4, DOUBLE] },
};

const fieldOf = ([name, [number, type]]: [string, Field]) => {
  const message = typeof type === "number" ? undefined : typeof type === "string" ? type : type[0];
  return {
    name,
    jsonName: name,
    number,
    type: typeof type === "number" ? type : MESSAGE,
    typeName: message && `.${message}`,
    label: Array.isArray(type) ? FieldDescriptorProto_Label.REPEATED : FieldDescriptorProto_Label.OPTIONAL,
  };
};

const registry = createFileRegistry(
  create(FileDescriptorProtoSchema, {
    name: "otlp.proto",
    // In the wire form the same as proto3, and lenient to text that is not UTF-8: it is judged span by span.
    syntax: "proto2",
    messageType: Object.entries(MESSAGES).map(([name, fields]) => ({
      name,
      field: Object.entries(fields).map(fieldOf),
    })),
  }),
  () => undefined,
);

export const exportRequest: DescMessage = present(
  registry.getMessage("ExportTraceServiceRequest"),
  "message of that name",
);
