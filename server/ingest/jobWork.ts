import type { Logger } from "pino";
import { ATTRIBUTE } from "../../src/domain/telemetry/attributes.ts";
import { modelAttributes, modelFields, usageAttributes } from "../serving/facts.ts";
import type { ModelSource } from "../serving/modelSource.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { Job, JobStore, VectorStore } from "../vectors/index.ts";
import type { Collections } from "../retrieval/collections.ts";
import type { TextWork } from "./textWork.ts";

/** What jobs work with. */
export interface JobParts {
  store: VectorStore;
  jobs: JobStore;
  collections: Collections;
  text: TextWork;
  telemetry: Telemetry;
  log: Logger;
  chunks: { tokens: number; overlap: number };
}

/** One job under way. */
export interface JobRun extends JobParts {
  job: Job;
  /** Aborts when the server stops, or the job is cancelled. */
  signal: AbortSignal;
  /** False when the job is to be left: cancelled, taken by another, or the server stops. */
  goesOn(): Promise<boolean>;
}

/** Vectors of passages for one collection, by its model, with the span and the log line of a batch. */
export const embedBatch = (
  { job, collections, telemetry, log, signal }: JobRun,
  target: { source: ModelSource; collection: string; event: "ingest.batch" | "reembed.batch"; documents?: number },
  texts: readonly string[],
): Promise<Float32Array[]> =>
  collections.models.use(target.source, (embedder) =>
    telemetry.span(
      "ingestion.batch",
      {
        [ATTRIBUTE.observationType]: "embedding",
        ...modelAttributes(embedder.identity),
        [ATTRIBUTE.jobId]: job.id,
        [ATTRIBUTE.documents]: target.documents,
        [ATTRIBUTE.chunks]: texts.length,
        [ATTRIBUTE.dimension]: embedder.identity.dimension,
        [ATTRIBUTE.collection]: target.collection,
        [ATTRIBUTE.promptHash]: embedder.identity.promptHash.document,
      },
      async (span) => {
        const { vectors, tokens } = await embedder.embed(texts, "document", { lane: "background", signal, cut: true });
        span.setAttributes(usageAttributes(tokens));
        log.debug(
          {
            event: target.event,
            job: job.id,
            correlation_id: job.correlationId,
            ...modelFields(embedder.identity),
            chunks: vectors.length,
          },
          "batch embedded",
        );
        return vectors;
      },
    ),
  );
