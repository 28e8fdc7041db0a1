import type {
  DocumentList,
  IndexStatus,
  IngestDocument,
  IngestJob,
  SearchedModel,
  SearchMode,
  SearchModel,
  SearchResponse,
} from "../../domain/api/index.ts";

export type {
  PageLoaded,
  PageLoadEvent,
  PageLoadRequest,
  PageModel,
  PageModelPart,
  PageProvider,
} from "../../worker/embed/protocol.ts";
export type { EmbedWorker } from "../../worker/embed/client.ts";

/** A question that the page has embedded itself. */
export interface PageVector {
  vector: Float32Array;
  /** Of the model that made it. */
  fingerprint: string;
  /** For embedding. */
  seconds: number;
}

/** Embeds questions in the page, with the model that answers for a side. @throws StudioError `page-model-absent` and the worker's */
export type EmbedHere = (q: string, model: SearchedModel) => Promise<PageVector>;

/** What a person asks for; the same question goes to each model. */
export interface SearchRequest {
  q: string;
  k: number;
  /** Null leaves it to the server: hybrid, unless it says why not. */
  mode: SearchMode | null;
  /** Null leaves it to the server. */
  rerank: boolean | null;
  /** Leading dimensions to use; null for all. */
  dimension: number | null;
  /** `name:value`, all of which must hold. */
  filter: string[];
}

/** The server's ingestion and search. Failures are `StudioError`s: `server-unreachable`, `not-offered`, or the server's own. */
export interface RetrievalClient {
  /** The same server; documents and questions sent through it belong to a trace (W3C trace context). */
  within(traceparent: string): RetrievalClient;
  index(): Promise<IndexStatus>;
  documents(): Promise<DocumentList>;
  removeDocument(id: string): Promise<void>;
  ingestDocuments(documents: readonly IngestDocument[]): Promise<IngestJob>;
  ingestFiles(files: readonly File[]): Promise<IngestJob>;
  jobs(): Promise<IngestJob[]>;
  cancelJob(id: string): Promise<IngestJob>;
  retryJob(id: string): Promise<IngestJob>;
  /** Embeds all documents with a model; without one, with the model in production. */
  reembed(model?: SearchedModel): Promise<IngestJob>;
  /** The job after each change, until it has ended. Rejects when the connection cannot be kept. */
  follow(id: string, signal: AbortSignal): AsyncIterable<IngestJob>;
  search(request: SearchRequest, model: SearchedModel, signal: AbortSignal): Promise<SearchResponse>;
  /** The same search by a vector that was made here: nothing of the question's text is sent. */
  searchVector(
    request: Omit<SearchRequest, "q" | "mode" | "rerank">,
    query: Pick<PageVector, "vector" | "fingerprint">,
    model: SearchedModel,
    signal: AbortSignal,
  ): Promise<SearchResponse>;
  /** The model that must embed questions for a side. */
  searchModel(model: SearchedModel): Promise<SearchModel>;
  /** The server's own query vectors of the probe texts, by the model of a fingerprint; row-major [probes, dimension]. */
  probeVectors(fingerprint: string): Promise<Float32Array>;
}
