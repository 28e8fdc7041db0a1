import { experimentReceiptSchema } from "../domain/telemetry/experiment.ts";
import type { ExperimentSink } from "../app/runs/experiment.ts";
import { callApi } from "./apiClient.ts";

/** Evaluations over HTTP, at the page's own origin. */
export const experimentSink: ExperimentSink = {
  send: (json, traceparent) =>
    callApi(experimentReceiptSchema, "/api/langfuse/experiments", { method: "POST", json, traceparent }),
};
