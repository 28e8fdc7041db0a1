import { ATTRIBUTE, isPermitted, SPAN_NAMES } from "../../src/domain/telemetry/attributes.ts";
import type { OtlpAttribute, OtlpRequest, OtlpSpan, OtlpValue } from "./otlp.ts";

/** What became of a request's spans, for the answer, the log and the counters. */
export interface Sanitized {
  request: OtlpRequest;
  accepted: number;
  repaired: number;
  dropped: number;
  /** Attributes cut because they are not on the allow-list, or lack its form. */
  cut: number;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const id = (value: unknown, digits: number): string | null =>
  typeof value === "string" && new RegExp(`^[0-9a-fA-F]{${digits}}$`).test(value) && !/^0+$/.test(value)
    ? value.toLowerCase()
    : null;
const nanos = (value: unknown): bigint | null =>
  (typeof value === "string" && /^\d{1,20}$/.test(value)) ||
  (typeof value === "number" && Number.isSafeInteger(value) && value > 0)
    ? BigInt(value)
    : null;

const plain = (value: unknown): string | number | boolean | null => {
  if (!isRecord(value)) return null;
  const { stringValue, boolValue, intValue, doubleValue } = value as OtlpValue;
  if (typeof stringValue === "string") return stringValue;
  if (typeof boolValue === "boolean") return boolValue;
  if (intValue !== undefined && /^-?\d{1,19}$/.test(String(intValue))) return Number(intValue);
  if (typeof doubleValue === "number" && Number.isFinite(doubleValue)) return doubleValue;
  return null;
};

const wrap = (value: string | number | boolean): OtlpValue => {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
};

/** Names of the service and its version; anything else in a resource can hold paths, hosts and command lines. */
const RESOURCE_KEYS = [
  "service.name",
  "service.version",
  "telemetry.sdk.name",
  "telemetry.sdk.language",
  "telemetry.sdk.version",
];
const identifier = /^[\w.@/+-]{1,64}$/;

/**
 * Makes an export request safe for an upstream that refuses a whole batch for one malformed span, and for an operator who
 * promised that no text leaves. Each span is kept, repaired (times, parent, kind, name) or dropped (no usable ids or start).
 *
 * @param body         a decoded request; of any shape
 * @param captureText  whether text attributes may pass
 */
export const sanitize = (body: unknown, captureText: boolean): Sanitized => {
  const result: Sanitized = { request: { resourceSpans: [] }, accepted: 0, repaired: 0, dropped: 0, cut: 0 };

  const attributes = (value: unknown): OtlpAttribute[] => {
    const kept = new Map<string, OtlpAttribute>();
    for (const entry of list(value)) {
      const key = isRecord(entry) && typeof entry.key === "string" ? entry.key : "";
      const content = isRecord(entry) ? plain(entry.value) : null;
      if (content !== null && isPermitted(key, content, captureText)) kept.set(key, { key, value: wrap(content) });
      else result.cut += 1;
    }
    return [...kept.values()];
  };

  const span = (value: unknown): OtlpSpan | null => {
    if (!isRecord(value)) return null;
    const traceId = id(value.traceId, 32);
    const spanId = id(value.spanId, 16);
    const start = nanos(value.startTimeUnixNano);
    if (!traceId || !spanId || start === null) return null;
    const end = nanos(value.endTimeUnixNano);
    const parent = id(value.parentSpanId, 16);
    const known = SPAN_NAMES.find((name) => name === value.name);
    const kind = typeof value.kind === "number" && value.kind >= 0 && value.kind <= 5 ? Math.trunc(value.kind) : null;
    const hasParent = value.parentSpanId !== undefined && value.parentSpanId !== "";
    const sound =
      end !== null &&
      end >= start &&
      known &&
      (!hasParent || (parent && parent !== spanId)) &&
      (value.kind === undefined || kind !== null);
    if (!sound) result.repaired += 1;
    const code =
      isRecord(value.status) && [0, 1, 2].includes(value.status.code as number) ? (value.status.code as number) : 0;
    const carried = attributes(value.attributes);
    // Upstream shows a span without a type as a plain span; ours always say what they are.
    if (!carried.some(({ key }) => key === ATTRIBUTE.observationType))
      carried.push({ key: ATTRIBUTE.observationType, value: { stringValue: "span" } });
    return {
      traceId,
      spanId,
      ...(parent && parent !== spanId ? { parentSpanId: parent } : {}),
      name: known ?? "http.request",
      kind: kind ?? 1,
      startTimeUnixNano: String(start),
      endTimeUnixNano: String(end !== null && end >= start ? end : start),
      attributes: carried,
      status: { code }, // a status message is free text
    };
  };

  for (const resource of list(isRecord(body) ? body.resourceSpans : null)) {
    if (!isRecord(resource)) continue;
    const spans: OtlpSpan[] = [];
    for (const scope of list(resource.scopeSpans))
      for (const entry of list(isRecord(scope) ? scope.spans : null)) {
        const kept = span(entry);
        if (kept) spans.push(kept);
        else result.dropped += 1;
      }
    if (spans.length === 0) continue;
    result.accepted += spans.length;
    const described = list(isRecord(resource.resource) ? resource.resource.attributes : null).flatMap((entry) => {
      const key = isRecord(entry) && typeof entry.key === "string" ? entry.key : "";
      const content = isRecord(entry) ? plain(entry.value) : null;
      return RESOURCE_KEYS.includes(key) && typeof content === "string" && identifier.test(content)
        ? [{ key, value: wrap(content) }]
        : [];
    });
    result.request.resourceSpans.push({
      resource: { attributes: described },
      scopeSpans: [{ scope: { name: "recall-studio" }, spans }],
    });
  }
  return result;
};
