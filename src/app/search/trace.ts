import { retrievalPaths, type Embedder, type IngestJob, type SearchedModel } from "../../domain/api/index.ts";
import { ATTRIBUTE } from "../../domain/telemetry/attributes.ts";
import type { SpanAttributes, Tracer } from "../../domain/telemetry/tracer.ts";
import { ingest, type IngestInput } from "./ingest.ts";
import { searchEach, type SearchEvent } from "./search.ts";
import type { EmbedHere, RetrievalClient, SearchRequest } from "./ports.ts";

/** Asks every model within one trace, so that their answers stand side by side there too. */
export async function* tracedSearch(
  request: SearchRequest,
  models: readonly SearchedModel[],
  client: Pick<RetrievalClient, "within">,
  embedHere: EmbedHere | null,
  tracer: Tracer,
  now: () => number,
  signal: AbortSignal,
): AsyncIterable<SearchEvent> {
  const span = tracer.start("retrieval.search", {
    [ATTRIBUTE.observationType]: "span",
    [ATTRIBUTE.httpRoute]: retrievalPaths.search,
    [ATTRIBUTE.k]: request.k,
    [ATTRIBUTE.dimension]: request.dimension ?? undefined,
    [ATTRIBUTE.queryEmbeddedBy]: embedHere ? "caller" : "server",
  });
  let results = 0;
  let problem: unknown;
  try {
    for await (const event of searchEach(request, models, client.within(span.traceparent), embedHere, now, signal)) {
      if (event.type === "failed") problem = event.thrown;
      else results += event.response.hits.length;
      // Whose answer it is; of several, the server's spans under this one tell.
      if (event.type === "answered" && models.length === 1) span.set(ofModel(event.response.embedder));
      yield event;
    }
  } finally {
    span.set({ [ATTRIBUTE.results]: results });
    span.end(problem);
  }
}

const ofModel = ({ base, version, fingerprint, dimension, fallback }: Embedder): SpanAttributes => ({
  [ATTRIBUTE.modelName]: base,
  [ATTRIBUTE.modelId]: base,
  [ATTRIBUTE.modelFingerprint]: fingerprint,
  [ATTRIBUTE.version]: version ?? undefined,
  [ATTRIBUTE.dimension]: dimension,
  [ATTRIBUTE.fallbackReason]: fallback?.code,
});

/** Sends documents within a trace of their own, and follows their job to its end. */
export async function* tracedIngest(
  input: IngestInput,
  client: Pick<RetrievalClient, "within">,
  tracer: Tracer,
  signal: AbortSignal,
): AsyncIterable<IngestJob> {
  const span = tracer.start("ingestion.job", {
    [ATTRIBUTE.observationType]: "span",
    [ATTRIBUTE.httpRoute]: retrievalPaths.ingest,
    [ATTRIBUTE.documents]: "files" in input ? input.files.length : input.documents.length,
  });
  let problem: unknown;
  try {
    for await (const job of ingest(input, client.within(span.traceparent), signal)) {
      span.set({
        [ATTRIBUTE.jobId]: job.id,
        [ATTRIBUTE.chunks]: job.chunks.done,
        [ATTRIBUTE.collection]: job.fingerprint,
        [ATTRIBUTE.modelFingerprint]: job.fingerprint,
      });
      if (job.problem) problem = job.problem;
      yield job;
    }
  } catch (thrown) {
    problem = thrown;
    throw thrown;
  } finally {
    span.end(problem);
  }
}
