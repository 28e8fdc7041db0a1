import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Logger } from "pino";
import type { Config } from "../config/config.ts";
import type { Exports } from "../exports/exports.ts";
import type { Feedback } from "../feedback/feedback.ts";
import type { JobRunner } from "../ingest/runner.ts";
import type { TextWork } from "../ingest/textWork.ts";
import type { Closing } from "../lib/closing.ts";
import type { HealthChecks } from "../lib/health.ts";
import type { BaseStore } from "../registry/bases.ts";
import type { Gatekeeper, Registry } from "../registry/registry.ts";
import type { Collections } from "../retrieval/collections.ts";
import type { Search } from "../retrieval/search.ts";
import type { Reranking } from "../reranking/reranking.ts";
import type { ServingModels } from "../serving/models.ts";
import type { OnnxStore } from "../serving/onnxStore.ts";
import type { ServingState } from "../serving/state.ts";
import type { Langfuse } from "../telemetry/langfuse.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { Database, JobStore, VectorStore } from "../vectors/index.ts";

/** What stands without the vector store: configuration, observation, the registry, and the choice of the serving model. */
export interface Core {
  config: Config;
  log: Logger;
  metrics: Metrics;
  health: HealthChecks;
  langfuse: Langfuse | null;
  telemetry: Telemetry;
  bases: BaseStore;
  /** ONNX forms of bases and tuned models. */
  onnx: OnnxStore;
  registry: Registry;
  gatekeeper: Gatekeeper;
  /** Versions in the forms that other runtimes load. */
  exports: Exports;
  /** What orders the first passages of a search anew; null where none is configured. */
  reranking: Reranking | null;
  /** Which model should embed now. */
  serving: ServingState;
  /** Parts that are opened later add how they are closed. */
  closing: Closing;
  /** Closes all parts, last opened first. */
  close(): Promise<void>;
}

/** Every part of a server, opened once by `openStudio` and closed once. */
export interface Studio extends Core {
  database: Database;
  store: VectorStore;
  jobs: JobStore;
  /** The loaded models that embed. */
  models: ServingModels;
  collections: Collections;
  text: TextWork;
  runner: JobRunner;
  search: Search;
  feedback: Feedback;
  /** Where a person opens a trace; null without Langfuse. */
  traceUrl: (traceId: string | null) => string | null;
}

/** A room's routes over the parts that they work with. */
export type Routes<Parts> = (parts: Parts) => FastifyPluginAsyncZod;
