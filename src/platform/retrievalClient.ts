import { z } from "zod";
import {
  documentListSchema,
  indexStatusSchema,
  ingestAnswerSchema,
  ingestJobListSchema,
  ingestJobSchema,
  retrievalPaths,
  searchModelSchema,
  searchResponseSchema,
  type IngestDocument,
  type IngestJob,
  fitsAddress,
  type SearchBody,
} from "../domain/api/index.ts";
import { yieldToEventLoop } from "../domain/yieldToEventLoop.ts";
import { PROBE_TEXTS } from "../domain/artifact/probes.ts";
import { eventQueue } from "../app/eventQueue.ts";
import { ended } from "../app/search/ingest.ts";
import type { RetrievalClient } from "../app/search/ports.ts";
import { callApi, unreachable } from "./apiClient.ts";

const probesSchema = z.object({ data: z.array(z.object({ embedding: z.array(z.number()) })) });

const job = async (
  path: string,
  request: { json?: unknown; form?: FormData; body?: Blob; traceparent?: string | undefined } = {},
): Promise<IngestJob> => (await callApi(ingestAnswerSchema, path, { method: "POST", ...request })).job;

/** Documents written at once before the page gets its turn. */
const BATCH = 200;

/** Documents as one stream of lines, whatever their number; it is written in batches, so that the page does not freeze. */
const ndjson = async (documents: readonly IngestDocument[]): Promise<Blob> => {
  const parts: string[] = [];
  for (let from = 0; from < documents.length; from += BATCH) {
    const batch = documents.slice(from, from + BATCH);
    parts.push(batch.map((document) => `${JSON.stringify(document)}\n`).join(""));
    await yieldToEventLoop();
  }
  return new Blob(parts, { type: "application/x-ndjson" });
};

/** Ingestion and search over HTTP, at the page's own origin. */
const clientWithin = (traceparent?: string): RetrievalClient => ({
  within: clientWithin,
  index: () => callApi(indexStatusSchema, retrievalPaths.index),
  documents: () => callApi(documentListSchema, `${retrievalPaths.documents}?limit=100`),
  removeDocument: async (id) => {
    await callApi(z.unknown(), retrievalPaths.document(id), { method: "DELETE" });
  },
  ingestDocuments: async (documents) => job(retrievalPaths.ingest, { body: await ndjson(documents), traceparent }),
  ingestFiles: (files) => {
    const form = new FormData();
    for (const file of files) form.append("files", file, file.name);
    return job(retrievalPaths.ingest, { form, traceparent });
  },
  jobs: async () => (await callApi(ingestJobListSchema, retrievalPaths.jobs)).jobs,
  cancelJob: (id) => job(retrievalPaths.jobCancel(id)),
  retryJob: (id) => job(retrievalPaths.jobRetry(id)),
  reembed: (model) => job(retrievalPaths.reembed, model ? { json: { model } } : {}),
  async *follow(id, signal) {
    // EventSource connects again by itself, with the id of the last event it saw.
    const jobs = eventQueue<IngestJob>();
    const source = new EventSource(retrievalPaths.jobEvents(id));
    let failure: Error | null = null;
    source.addEventListener("job", ({ data }: MessageEvent<string>) => {
      const parsed = ingestJobSchema.safeParse(JSON.parse(data));
      if (!parsed.success) return;
      jobs.push(parsed.data);
      if (ended(parsed.data)) jobs.close();
    });
    source.onerror = () => {
      if (source.readyState !== EventSource.CLOSED) return;
      failure = unreachable();
      jobs.close();
    };
    const stop = () => jobs.close();
    signal.addEventListener("abort", stop);
    try {
      yield* jobs;
    } finally {
      signal.removeEventListener("abort", stop);
      source.close();
    }
    signal.throwIfAborted();
    if (failure) throw failure;
  },
  search: ({ q, k, mode, rerank, dimension, filter }, model, signal) => {
    if (!fitsAddress(q)) {
      const json: SearchBody = { q, k, mode, rerank, model, filter, dimension };
      return callApi(searchResponseSchema, retrievalPaths.search, { method: "POST", json, signal, traceparent });
    }
    const query = new URLSearchParams({ q, k: String(k), model });
    if (mode !== null) query.set("mode", mode);
    if (rerank !== null) query.set("rerank", String(rerank));
    if (dimension !== null) query.set("dimension", String(dimension));
    for (const one of filter) query.append("filter", one);
    return callApi(searchResponseSchema, `${retrievalPaths.search}?${query}`, { signal, traceparent });
  },
  searchVector: ({ k, dimension, filter }, { vector, fingerprint }, model, signal) => {
    const json: SearchBody = { vector: [...vector], fingerprint, k, model, filter, dimension };
    return callApi(searchResponseSchema, retrievalPaths.search, { method: "POST", json, signal, traceparent });
  },
  searchModel: (model) => callApi(searchModelSchema, `${retrievalPaths.searchModel}?model=${model}`),
  probeVectors: async (fingerprint) => {
    const json = { input: PROBE_TEXTS, model: fingerprint, input_type: "query" };
    const { data } = await callApi(probesSchema, "/v1/embeddings", { method: "POST", json });
    return Float32Array.from(data.flatMap(({ embedding }) => embedding));
  },
});
export const retrievalClient: RetrievalClient = clientWithin();
