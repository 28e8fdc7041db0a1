import type { SpanName } from "./attributes.ts";

export type SpanAttributes = Record<string, string | number | boolean | undefined>;

/** A span that is under way. Parents are passed explicitly: a browser has no async context to carry them. */
export interface RunningSpan {
  /** W3C trace context of this span, for requests made within it. */
  readonly traceparent: string;
  readonly traceId: string;
  set(attributes: SpanAttributes): void;
  child(name: SpanName, attributes?: SpanAttributes): RunningSpan;
  /** Ends the span; an error leaves its code, never its words. */
  end(error?: unknown): void;
}

/** The port behind which tracing lies: workflows know only this. */
export interface Tracer {
  start(name: SpanName, attributes?: SpanAttributes): RunningSpan;
  /** Sends what is finished; never fails the caller. */
  flush(): Promise<void>;
}
