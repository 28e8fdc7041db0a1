import { trace } from "@opentelemetry/api";

/** The trace a request belongs to, for links. */
export const activeTraceId = (): string | null => trace.getActiveSpan()?.spanContext().traceId ?? null;

/** `traceparent` of the active span, for work that goes on after the request. */
export const activeTraceparent = (): string | null => {
  const active = trace.getActiveSpan()?.spanContext();
  return active ? `00-${active.traceId}-${active.spanId}-0${active.traceFlags & 1}` : null;
};
