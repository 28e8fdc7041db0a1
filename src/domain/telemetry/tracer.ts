import type { SpanName } from "./attributes.ts";

export type SpanAttributes = Record<string, string | number | boolean | undefined>;

/** A span that is under way. Parents are passed explicitly: a browser has no async context to carry them. */
export interface RunningSpan {
  /** W3C trace context of this span, for requests made within it. */
  readonly traceparent: string;
  readonly traceId: string;
  set(attributes: SpanAttributes): void;
  /** @param at  when it began (milliseconds since 1970), if that lies behind */
  child(name: SpanName, attributes?: SpanAttributes, at?: number): RunningSpan;
  /** Ends the span, at `at` (milliseconds since 1970) or now; an error leaves its code, never its words. */
  end(error?: unknown, at?: number): void;
}

/** The port behind which tracing lies: workflows know only this. */
export interface Tracer {
  /** @param parent  W3C trace context of the span that this one continues, maybe of an earlier visit */
  start(name: SpanName, attributes?: SpanAttributes, parent?: string | null): RunningSpan;
  /** Sends what is finished; never fails the caller. */
  flush(): Promise<void>;
}
