import type { Logger } from "pino";
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

/** Prometheus metrics of one server. Other rooms add theirs to `registry` with the prefix `recall_studio_`. */
export const createMetrics = () => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    httpSeconds: new Histogram({
      name: "recall_studio_http_request_seconds",
      help: "Duration of HTTP requests.",
      labelNames: ["method", "route", "status"],
      buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
      registers,
    }),
    registryEvents: new Counter({
      name: "recall_studio_registry_events_total",
      help: "Registrations, promotions, rollbacks and the like since the start.",
      labelNames: ["type"],
      registers,
    }),
    uploads: new Counter({
      name: "recall_studio_uploads_total",
      help: "Committed uploads by outcome.",
      labelNames: ["outcome"],
      registers,
    }),
    telemetryDropped: new Counter({
      name: "recall_studio_telemetry_dropped_total",
      help: "Spans, scores and tasks that were given up, by queue and reason.",
      labelNames: ["what", "reason"],
      registers,
    }),
    versions: new Gauge({ name: "recall_studio_versions", help: "Versions on disk.", registers }),
    servingInfo: new Gauge({
      name: "recall_studio_serving_info",
      help: "1 for the model that embeds.",
      labelNames: ["mode", "version", "fingerprint"],
      registers,
    }),
    servingFallback: new Gauge({
      name: "recall_studio_serving_fallback",
      help: "1 while the baseline serves although a tuned model was asked for, by reason.",
      labelNames: ["code"],
      registers,
    }),
  };
};
export type Metrics = ReturnType<typeof createMetrics>;

/** Counts what a queue gives up, and says so in the log. */
export const countDrops =
  (what: string, metrics: Metrics, log: Logger) =>
  (items: number, reason: string): void => {
    metrics.telemetryDropped.inc({ what, reason }, items);
    log.warn({ event: "outbox.dropped", what, items, reason }, "telemetry was dropped");
  };
