import { type Context, ROOT_CONTEXT, type Span, SpanStatusCode, trace } from "@opentelemetry/api";
import { type ExportResult, ExportResultCode, parseTraceParent } from "@opentelemetry/core";
import { JsonTraceSerializer } from "@opentelemetry/otlp-transformer";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
} from "@opentelemetry/sdk-trace-base";
import { RefusedError, toProblem } from "../domain/errors.ts";
import { ATTRIBUTE, type SpanName } from "../domain/telemetry/attributes.ts";
import type { RunningSpan, SpanAttributes, Tracer } from "../domain/telemetry/tracer.ts";
import { SpanQueue, type SpanQueueOptions } from "./spanQueue.ts";
import { unsentInMemory } from "./unsentSpans.ts";

export const TRACES_ENDPOINT = "/api/langfuse/otel/v1/traces";

const defined = (attributes: SpanAttributes = {}) =>
  Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined)) as Record<
    string,
    string | number | boolean
  >;

/** Failures stay quiet: spans that the server did not take wait in the queue. */
const exporterTo = (queue: SpanQueue): SpanExporter => ({
  export: (spans: ReadableSpan[], done: (result: ExportResult) => void) => {
    const body = JsonTraceSerializer.serializeRequest(spans);
    if (!body) return done({ code: ExportResultCode.FAILED });
    const end = (taken: boolean) => done({ code: taken ? ExportResultCode.SUCCESS : ExportResultCode.FAILED });
    queue.put(new TextDecoder().decode(body), spans.length).then(end, () => end(false));
  },
  shutdown: () => Promise.resolve(),
});

/** A running span under `parent`, which carries its trace's name; what it carries of latency is counted here, as the server does. */
const begin = (
  provider: BasicTracerProvider,
  open: Set<RunningSpan>,
  name: SpanName,
  attributes: SpanAttributes | undefined,
  traceName: string,
  parent: Context,
  startTime = Date.now(),
): RunningSpan => {
  const span: Span = provider
    .getTracer("recall-studio")
    .startSpan(name, { attributes: { ...defined(attributes), [ATTRIBUTE.traceName]: traceName }, startTime }, parent);
  const { traceId, spanId } = span.spanContext();
  const running: RunningSpan = {
    traceId,
    traceparent: `00-${traceId}-${spanId}-01`,
    set: (more) => void span.setAttributes(defined(more)),
    child: (childName, more, at) => begin(provider, open, childName, more, traceName, trace.setSpan(parent, span), at),
    end: (error, at = Date.now()) => {
      if (!open.delete(running)) return; // Ended already, when the page was left.
      span.setAttribute(ATTRIBUTE.latencyMs, Math.max(0, at - startTime));
      if (error !== undefined) {
        const refused = error instanceof RefusedError;
        if (!refused) span.setStatus({ code: SpanStatusCode.ERROR });
        span.setAttributes({
          [ATTRIBUTE.level]: refused ? "WARNING" : "ERROR",
          [ATTRIBUTE.errorCode]: toProblem(error).code,
        });
      }
      span.end(Math.max(startTime, at));
    },
  };
  open.add(running);
  return running;
};

/** Nothing goes on in a page that is left: without its root, a trace would have no name and no place in lists. */
const LEFT = new RefusedError({
  code: "page-left",
  message: "The page was left while this was under way.",
  hint: "Open it again and resume.",
});

/** The context of a span of an earlier visit, or none where the text is not a `traceparent`. */
const remote = (traceparent: string | null | undefined): Context => {
  const parsed = traceparent ? parseTraceParent(traceparent) : null;
  return parsed ? trace.setSpanContext(ROOT_CONTEXT, { ...parsed, isRemote: true }) : ROOT_CONTEXT;
};

/**
 * Tracing for the page: spans are batched and posted to the studio's own server, which holds the keys and cuts what may not
 * leave. What a page holds when it is left goes out at once, and what an earlier visit could not send at the start.
 *
 * @param options.headers  added to each request, for example the bearer token
 * @param options.unsent   where spans wait for a server that is away; in memory unless given
 * @param options.page     tells when it is hidden or left
 */
export const createTracer = (
  options: Partial<SpanQueueOptions> & { delayMs?: number; page?: Pick<EventTarget, "addEventListener"> } = {},
): Tracer => {
  const queue = new SpanQueue({
    endpoint: options.endpoint ?? TRACES_ENDPOINT,
    send: options.send ?? ((...request) => fetch(...request)),
    headers: options.headers ?? (() => ({})),
    unsent: options.unsent ?? unsentInMemory(),
    againMs: options.againMs,
  });
  void queue.drain();
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ "service.name": "recall-studio-page" }),
    spanProcessors: [new BatchSpanProcessor(exporterTo(queue), { scheduledDelayMillis: options.delayMs ?? 2000 })],
  });
  const flush = () => provider.forceFlush().catch(() => {});
  // A hidden page may be ended without another word (tabs on phones); a closed one is hidden first.
  options.page?.addEventListener("visibilitychange", () => void flush(), { capture: true });
  const open = new Set<RunningSpan>();
  const leave = (event: Event) => {
    // A page that is kept aside may come back and go on.
    if (!(event as PageTransitionEvent).persisted) for (const span of [...open].reverse()) span.end(LEFT);
    void flush();
  };
  options.page?.addEventListener("pagehide", leave, { capture: true });
  const start: Tracer["start"] = (name, attributes, parent) => {
    const traceName = String(attributes?.[ATTRIBUTE.traceName] ?? name);
    return begin(
      provider,
      open,
      name,
      { [ATTRIBUTE.appRoot]: !parent || undefined, ...attributes },
      traceName,
      remote(parent),
    );
  };
  return { start, flush };
};
