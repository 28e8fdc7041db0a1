import { Counter, Histogram } from "prom-client";
import type { Metrics } from "../telemetry/metrics.ts";
import type { QueueObserver } from "./batchQueue.ts";

/** What the queue of a model does, for Prometheus. */
export const queueMetrics = ({ registry }: Metrics): QueueObserver => {
  const registers = [registry];
  const batches = new Histogram({
    name: "recall_studio_embedding_batch_seconds",
    help: "Duration of a batch in the runtime.",
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers,
  });
  const texts = new Counter({ name: "recall_studio_embedded_texts_total", help: "Embedded texts.", registers });
  const tokens = new Counter({ name: "recall_studio_embedded_tokens_total", help: "Embedded tokens.", registers });
  const refused = new Counter({
    name: "recall_studio_embedding_refused_total",
    help: "Requests refused because too many wait, or given up after the time limit.",
    labelNames: ["reason"],
    registers,
  });
  return {
    batch: (size, count, seconds) => {
      batches.observe(seconds);
      texts.inc(size);
      tokens.inc(count);
    },
    refused: (reason) => refused.inc({ reason }),
  };
};
