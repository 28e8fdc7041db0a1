import {
  type Attributes,
  type Context,
  context,
  propagation,
  type Span,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { type ExportResult, ExportResultCode, W3CTraceContextPropagator } from "@opentelemetry/core";
import { JsonTraceSerializer } from "@opentelemetry/otlp-transformer";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
} from "@opentelemetry/sdk-trace-base";
import { toProblem } from "../../src/domain/errors.ts";
import { ATTRIBUTE, OWN_TRACE, TEXT_ATTRIBUTE, type SpanName } from "../../src/domain/telemetry/attributes.ts";
import type { Langfuse } from "./langfuse.ts";
import { decodeOtlp } from "./otlp.ts";
import { type Sanitized, sanitize } from "./sanitize.ts";

/** The lines of pino that telemetry needs. */
export interface TelemetryLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface TelemetryOptions {
  langfuse: Langfuse | null;
  log: TelemetryLog;
  version: string;
  captureText: boolean;
  /** How long finished spans are gathered before they are queued, in milliseconds. */
  batchMs?: number;
  /** False records nothing. */
  enabled?: boolean;
  /** Whether a failure is the caller's to mend: a span that answers a request is then a warning, not an error. */
  isCallersMistake?: (thrown: unknown) => boolean;
}

/** Spans of work that nobody waits for, or that no caller can do wrong: whatever fails there is the server's. */
const OWN_WORK: ReadonlySet<SpanName> = new Set(["ingestion.job", "ingestion.batch", "serving.load"]);

/**
 * Spans of this server and of the page, on their way out. With Langfuse they go to its queue; without it to the log, so
 * that the same facts are there either way. Every span passes `sanitize`, also our own.
 */
export class Telemetry {
  private readonly provider: BasicTracerProvider;
  private readonly contexts = new AsyncLocalStorageContextManager().enable();
  private readonly propagator = new W3CTraceContextPropagator();
  /** Exports that have begun: the processor's own flush waits only for those that it begins. */
  private readonly exporting = new Set<Promise<void>>();

  constructor(private readonly options: TelemetryOptions) {
    context.setGlobalContextManager(this.contexts);
    propagation.setGlobalPropagator(this.propagator);
    const exporter: SpanExporter = {
      export: (spans: ReadableSpan[], done: (result: ExportResult) => void) => {
        const exporting = this.exportOwn(spans)
          .then(
            () => done({ code: ExportResultCode.SUCCESS }),
            (error: Error) => done({ code: ExportResultCode.FAILED, error }),
          )
          .finally(() => this.exporting.delete(exporting));
        this.exporting.add(exporting);
      },
      shutdown: () => Promise.resolve(),
    };
    this.provider = new BasicTracerProvider({
      sampler: options.enabled === false ? new AlwaysOffSampler() : new AlwaysOnSampler(),
      resource: resourceFromAttributes({ "service.name": "recall-studio-server", "service.version": options.version }),
      spanProcessors: [new BatchSpanProcessor(exporter, { scheduledDelayMillis: options.batchMs ?? 1000 })],
    });
  }

  /**
   * Runs `work` in a span. The one by which a foreign trace comes in, or that begins one, is its root and gives it its name:
   * without, Langfuse shows a trace whose own root never arrives as nothing. Attributes known only afterwards are set on the span it is given. An error marks the span with
   * its code, never with its words, and goes on to the caller.
   *
   * @param parent  the caller's context from `incoming`, or the active one
   */
  span<T>(
    name: SpanName,
    attributes: Attributes,
    work: (span: Span) => Promise<T>,
    parent: Context = context.active(),
  ): Promise<T> {
    const all = {
      ...(isEntry(parent) ? { [ATTRIBUTE.appRoot]: true, [ATTRIBUTE.traceName]: name } : {}),
      ...attributes,
    };
    const span = this.provider.getTracer("recall-studio").startSpan(name, { attributes: all }, parent);
    const started = performance.now();
    return context.with(trace.setSpan(parent, span), async () => {
      try {
        return await work(span);
      } catch (thrown) {
        const mistake = !OWN_WORK.has(name) && this.options.isCallersMistake?.(thrown) === true;
        if (!mistake) span.setStatus({ code: SpanStatusCode.ERROR });
        span.setAttributes({
          [ATTRIBUTE.level]: mistake ? "WARNING" : "ERROR",
          [ATTRIBUTE.errorCode]: toProblem(thrown).code,
        });
        throw thrown;
      } finally {
        span.setAttribute(ATTRIBUTE.latencyMs, Math.round((performance.now() - started) * 10) / 10);
        span.end();
      }
    });
  }

  /** What went in and came out of a span's work, in words; nothing is kept of it unless the operator asked for text. */
  text(span: Span, { input, output }: { input: () => string; output?: () => string }): void {
    if (!this.options.captureText) return;
    span.setAttribute(TEXT_ATTRIBUTE.input, input());
    if (output) span.setAttribute(TEXT_ATTRIBUTE.output, output());
  }

  /** The trace context that a request's `traceparent` header names, for `span`. */
  incoming(headers: Record<string, string | string[] | undefined>): Context {
    return this.propagator.extract(context.active(), headers, {
      get: (carrier, key) => (carrier as typeof headers)[key],
      keys: (carrier) => Object.keys(carrier as object),
    });
  }

  /** The context of a span of this server's, for work that goes on after its request. */
  resumed(traceparent: string | null): Context {
    return this.incoming(traceparent ? { traceparent, tracestate: `${OWN_TRACE}=server` } : {});
  }

  /** Takes spans that the page sent. */
  async accept(body: Uint8Array, contentType: string): Promise<Omit<Sanitized, "request">> {
    const { request, ...counts } = sanitize(decodeOtlp(body, contentType), this.options.captureText);
    if (counts.dropped > 0 || counts.repaired > 0)
      this.options.log.warn({ event: "spans-repaired", ...counts }, "Spans from the page were repaired or dropped");
    await this.forward(request);
    return counts;
  }

  status() {
    const { langfuse } = this.options;
    return {
      connected: langfuse !== null,
      url: langfuse?.baseUrl ?? null,
      ...(langfuse?.status() ?? { queued: 0, delivered: 0, dropped: 0, lastError: null }),
    };
  }

  /** Queues what is finished; used before a check, and on the way down. */
  async flush(): Promise<void> {
    await this.provider.forceFlush();
    await Promise.all(this.exporting);
  }

  async close(): Promise<void> {
    await this.provider.shutdown();
    await Promise.all(this.exporting);
    await this.options.langfuse?.close();
    this.contexts.disable();
    context.disable();
    propagation.disable();
  }

  private async exportOwn(spans: ReadableSpan[]): Promise<void> {
    const serialized = JsonTraceSerializer.serializeRequest(spans);
    if (!serialized) return;
    const { request, cut } = sanitize(decodeOtlp(serialized, "application/json"), this.options.captureText);
    if (cut > 0)
      this.options.log.warn(
        { event: "attributes-cut", cut },
        "The server's own spans carried attributes outside the allow-list",
      );
    await this.forward(request);
  }

  private async forward(request: Sanitized["request"]): Promise<void> {
    const { langfuse, log } = this.options;
    if (langfuse) return langfuse.traces(request);
    for (const { scopeSpans } of request.resourceSpans)
      for (const { spans } of scopeSpans)
        for (const span of spans) {
          const fields = Object.fromEntries(
            (span.attributes ?? []).map(({ key, value }) => [
              key.split(".").at(-1),
              value.stringValue ?? value.boolValue ?? value.doubleValue ?? Number(value.intValue),
            ]),
          );
          log.info(
            {
              event: "span",
              span: span.name,
              trace_id: span.traceId,
              span_id: span.spanId,
              parent_span_id: span.parentSpanId,
              ...fields,
            },
            span.name,
          );
        }
  }
}

/** Whether a span under `parent` begins a trace, or joins one of whose root nothing is known here. */
export const isEntry = (parent: Context): boolean => {
  const above = trace.getSpanContext(parent);
  return !above || (above.isRemote === true && above.traceState?.get(OWN_TRACE) === undefined);
};
