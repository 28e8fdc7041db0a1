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
import { toProblem } from "../domain/errors.ts";
import { ATTRIBUTE, type SpanName } from "../domain/telemetry/attributes.ts";
import type { RunningSpan, SpanAttributes, Tracer } from "../domain/telemetry/tracer.ts";

export const TRACES_ENDPOINT = "/api/langfuse/otel/v1/traces";

const defined = (attributes: SpanAttributes = {}) =>
  Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined)) as Record<
    string,
    string | number | boolean
  >;

/** Spans kept for a server that is away; the oldest give way. */
const KEPT = 1000;

/**
 * Sends spans to the studio's own server, which holds the keys and cuts what may not leave. Failures stay quiet: spans
 * that a server did not take go along with the next ones.
 */
const proxyExporter = (endpoint: string, send: typeof fetch, headers: () => Record<string, string>): SpanExporter => {
  let unsent: ReadableSpan[] = [];
  return {
    export: (spans: ReadableSpan[], done: (result: ExportResult) => void) => {
      const all = [...unsent, ...spans];
      unsent = [];
      const body = JsonTraceSerializer.serializeRequest(all);
      if (!body) return done({ code: ExportResultCode.FAILED });
      const keep = () => {
        unsent = [...all, ...unsent].slice(-KEPT);
        done({ code: ExportResultCode.FAILED });
      };
      send(endpoint, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers() },
        body: new Blob([body as Uint8Array<ArrayBuffer>]),
        keepalive: body.byteLength < 60_000, // the browser's limit for requests that outlive the page
      }).then((response) => (response.ok ? done({ code: ExportResultCode.SUCCESS }) : keep()), keep);
    },
    shutdown: () => Promise.resolve(),
  };
};

/** A running span under `parent`; what it carries of latency is counted here, as the server does. */
const begin = (
  provider: BasicTracerProvider,
  name: SpanName,
  attributes: SpanAttributes | undefined,
  parent: Context,
  startTime = Date.now(),
): RunningSpan => {
  const span: Span = provider
    .getTracer("recall-studio")
    .startSpan(name, { attributes: defined(attributes), startTime }, parent);
  const { traceId, spanId } = span.spanContext();
  return {
    traceId,
    traceparent: `00-${traceId}-${spanId}-01`,
    set: (more) => void span.setAttributes(defined(more)),
    child: (childName, more, at) => begin(provider, childName, more, trace.setSpan(parent, span), at),
    end: (error, at = Date.now()) => {
      span.setAttribute(ATTRIBUTE.latencyMs, Math.max(0, at - startTime));
      if (error !== undefined) {
        span.setStatus({ code: SpanStatusCode.ERROR });
        span.setAttributes({ [ATTRIBUTE.level]: "ERROR", [ATTRIBUTE.errorCode]: toProblem(error).code });
      }
      span.end(Math.max(startTime, at));
    },
  };
};

/** The context of a span of an earlier visit, or none where the text is not a `traceparent`. */
const remote = (traceparent: string | null | undefined): Context => {
  const parsed = traceparent ? parseTraceParent(traceparent) : null;
  return parsed ? trace.setSpanContext(ROOT_CONTEXT, { ...parsed, isRemote: true }) : ROOT_CONTEXT;
};

/**
 * Tracing for the page: spans are batched and posted to the server's proxy.
 *
 * @param options.headers  added to each request, for example the bearer token
 */
export const createTracer = (
  options: { endpoint?: string; send?: typeof fetch; headers?: () => Record<string, string>; delayMs?: number } = {},
): Tracer => {
  const exporter = proxyExporter(
    options.endpoint ?? TRACES_ENDPOINT,
    options.send ?? ((...request) => fetch(...request)),
    options.headers ?? (() => ({})),
  );
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ "service.name": "recall-studio-page" }),
    spanProcessors: [new BatchSpanProcessor(exporter, { scheduledDelayMillis: options.delayMs ?? 2000 })],
  });
  return {
    start: (name, attributes, parent) => begin(provider, name, attributes, remote(parent)),
    flush: () => provider.forceFlush().catch(() => {}),
  };
};
