import { type Context, ROOT_CONTEXT, type Span, SpanStatusCode, trace } from "@opentelemetry/api";
import { type ExportResult, ExportResultCode } from "@opentelemetry/core";
import { JsonTraceSerializer } from "@opentelemetry/otlp-transformer";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
} from "@opentelemetry/sdk-trace-base";
import { toProblem } from "../domain/errors.ts";
import { ATTRIBUTE } from "../domain/telemetry/attributes.ts";
import type { RunningSpan, SpanAttributes, Tracer } from "../domain/telemetry/tracer.ts";

export const TRACES_ENDPOINT = "/api/langfuse/otel/v1/traces";

const defined = (attributes: SpanAttributes = {}) =>
  Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined)) as Record<
    string,
    string | number | boolean
  >;

/** Sends spans to the studio's own server, which holds the keys and cuts what may not leave. Failures stay quiet. */
const proxyExporter = (endpoint: string, send: typeof fetch, headers: () => Record<string, string>): SpanExporter => ({
  export: (spans: ReadableSpan[], done: (result: ExportResult) => void) => {
    const body = JsonTraceSerializer.serializeRequest(spans);
    if (!body) return done({ code: ExportResultCode.FAILED });
    send(endpoint, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers() },
      body: new Blob([body as Uint8Array<ArrayBuffer>]),
      keepalive: body.byteLength < 60_000, // the browser's limit for requests that outlive the page
    }).then(
      (response) => done({ code: response.ok ? ExportResultCode.SUCCESS : ExportResultCode.FAILED }),
      () => done({ code: ExportResultCode.FAILED }),
    );
  },
  shutdown: () => Promise.resolve(),
});

const running = (provider: BasicTracerProvider, span: Span, parent: Context): RunningSpan => {
  const own = trace.setSpan(parent, span);
  const { traceId, spanId } = span.spanContext();
  return {
    traceId,
    traceparent: `00-${traceId}-${spanId}-01`,
    set: (attributes) => void span.setAttributes(defined(attributes)),
    child: (name, attributes) =>
      running(
        provider,
        provider.getTracer("recall-studio").startSpan(name, { attributes: defined(attributes) }, own),
        own,
      ),
    end: (error) => {
      if (error !== undefined) {
        span.setStatus({ code: SpanStatusCode.ERROR });
        span.setAttributes({ [ATTRIBUTE.level]: "ERROR", [ATTRIBUTE.errorCode]: toProblem(error).code });
      }
      span.end();
    },
  };
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
    start: (name, attributes) =>
      running(
        provider,
        provider.getTracer("recall-studio").startSpan(name, { attributes: defined(attributes) }, ROOT_CONTEXT),
        ROOT_CONTEXT,
      ),
    flush: () => provider.forceFlush().catch(() => {}),
  };
};
