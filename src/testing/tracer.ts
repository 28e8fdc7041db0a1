/** A tracer that remembers. */
import { at } from "../domain/present.ts";
import type { SpanName } from "../domain/telemetry/attributes.ts";
import type { RunningSpan, SpanAttributes, Tracer } from "../domain/telemetry/tracer.ts";

export interface RecordedSpan {
  name: SpanName;
  attributes: SpanAttributes;
  /** Index of the span it is under, the `traceparent` it continues, or null. */
  parent: number | string | null;
  ended: boolean;
  error: unknown;
}

/** A tracer whose spans a test can look at; `traceparent` of span 3 is `span-3`. */
export const recordingTracer = (): Tracer & { spans: RecordedSpan[] } => {
  const spans: RecordedSpan[] = [];
  const begin = (name: SpanName, attributes: SpanAttributes, parent: RecordedSpan["parent"]): RunningSpan => {
    const index = spans.push({ name, attributes: { ...attributes }, parent, ended: false, error: undefined }) - 1;
    const span = at(spans, index);
    return {
      traceId: "trace",
      traceparent: `span-${index}`,
      set: (more) => void Object.assign(span.attributes, more),
      child: (childName, more = {}) => begin(childName, more, index),
      end: (error) => {
        if (span.ended) throw new Error(`${name} ended twice`);
        Object.assign(span, { ended: true, error });
      },
    };
  };
  return {
    spans,
    start: (name, attributes = {}, parent = null) => begin(name, attributes, parent),
    flush: async () => {},
  };
};
