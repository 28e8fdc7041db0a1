import { z } from "zod";
import { STORED_FORMS } from "../evaluation/bytes/forms.ts";
import { metadataInputSchema, metadataSchema } from "./metadata.ts";
import { instantSchema, optional, optionalOr, sha256Schema, versionSchema } from "./primitives.ts";

/** Ingestion and retrieval: documents in, chunks and vectors kept by model fingerprint, the nearest chunks out. */
export const retrievalPaths = {
  ingest: "/api/ingest",
  jobs: "/api/ingest/jobs",
  job: (id: string) => `/api/ingest/jobs/${encodeURIComponent(id)}`,
  jobEvents: (id: string) => `/api/ingest/jobs/${encodeURIComponent(id)}/events`,
  jobCancel: (id: string) => `/api/ingest/jobs/${encodeURIComponent(id)}/cancel`,
  jobRetry: (id: string) => `/api/ingest/jobs/${encodeURIComponent(id)}/retry`,
  documents: "/api/documents",
  document: (id: string) => `/api/documents/${encodeURIComponent(id)}`,
  search: "/api/search",
  searchModel: "/api/search/model",
  index: "/api/index",
  reembed: "/api/index/re-embed",
} as const;

/** Which model embeds the query, and whose collection is searched. */
export const retrievalModelSchema = z.enum(["baseline", "production"]);
/** The same, or a registered version by name, whose collection was built on request. */
export const searchedModelSchema = z.union([retrievalModelSchema, versionSchema]);
export type SearchedModel = z.infer<typeof searchedModelSchema>;

/** One document. Without an id, the hash of its text is the id, so that the same text is never stored twice. */
export const ingestDocumentSchema = z.object({
  id: optional(z.string().trim().min(1).max(200)),
  title: optional(z.string().trim().max(500)),
  text: z.string().min(1).max(2_000_000),
  /** Where it came from: a file name or an address. */
  source: optional(z.string().max(2000)),
  metadata: metadataInputSchema,
});
export type IngestDocument = z.input<typeof ingestDocumentSchema>;

/**
 * `POST /api/ingest`, answered with 202 and the job. Three forms by `Content-Type`:
 * `application/json` (this schema); `application/x-ndjson` (one {@link ingestDocumentSchema} a line, streamed);
 * `multipart/form-data` (parts named `files`: .txt .md .html .pdf .docx; an optional part `metadata` as JSON for all of them).
 * A text that is already stored under the same id counts as unchanged and is not embedded again.
 */
export const ingestRequestSchema = z.object({ documents: z.array(ingestDocumentSchema).min(1).max(1000) });

/** The endings that a multipart upload may have. */
export const INGEST_FILE_TYPES = [".txt", ".md", ".html", ".pdf", ".docx"] as const;

/** Work in the background. `GET /api/ingest/jobs/{id}`; over SSE each `data:` line is the whole job, event name `job`. */
export const ingestJobSchema = z
  .object({
    id: z.string().min(1).max(100),
    /** `re-embed`: a collection is built again with another model. */
    kind: z.enum(["ingest", "re-embed"]),
    state: z.enum(["queued", "running", "succeeded", "failed", "cancelled"]),
    createdAt: instantSchema,
    finishedAt: instantSchema.nullable(),
    /** File names or document ids in short, for lists: `guide.pdf and 3 more`. */
    label: z.string(),
    documents: z.object({
      total: z.int().nonnegative(),
      /** Stored and searchable. */
      done: z.int().nonnegative(),
      /** Already there with the same text. */
      unchanged: z.int().nonnegative(),
      failed: z.int().nonnegative(),
    }),
    /** `total` is null until every document was read and cut. */
    chunks: z.object({ total: z.int().nonnegative().nullable(), done: z.int().nonnegative() }),
    chunksPerSecond: z.number().nonnegative().nullable(),
    etaSeconds: z.number().nonnegative().nullable(),
    /** The model whose collection the job fills. */
    fingerprint: sha256Schema,
    /** Documents that could not be taken, at most 100; a retry tries only these. */
    failures: z.array(z.object({ document: z.string(), code: z.string(), message: z.string(), hint: z.string() })),
    /** What of a file could not be read, although the rest of it was taken. */
    warnings: z.array(z.object({ document: z.string(), message: z.string() })),
    /** Why the job as a whole failed, else null. */
    problem: z.object({ code: z.string(), message: z.string(), hint: z.string() }).nullable(),
    /** Whether a retry has anything to do: it has ended, and documents were left or failed with their text at hand. */
    retryable: z.boolean(),
    /** The job's trace in Langfuse, where that is connected. */
    traceUrl: z.url().nullable(),
  })
  .meta({ id: "IngestJob" });
export type IngestJob = z.infer<typeof ingestJobSchema>;

export const ingestAnswerSchema = z.object({ job: ingestJobSchema });
/** `GET /api/ingest/jobs`, newest first. */
export const ingestJobListSchema = z.object({ jobs: z.array(ingestJobSchema) });

const filterSchema = z.string().regex(/^[^:]{1,64}:.{1,1000}$/s, "must look like name:value");
const filtersSchema = z.array(filterSchema).max(20);
/** A repeated query parameter as a list. */
const repeated = z
  .union([filtersSchema, filterSchema], "must be name:value, at most 20 times")
  .optional()
  .transform((value) => (value === undefined ? [] : Array.isArray(value) ? value : [value]));

/** Longest question, in UTF-16 code units. */
export const MAX_QUESTION = 4000;
/** Whether a question may stand in an address: proxies and this server take some kilobytes of headers, and escaping triples the bytes. */
export const fitsAddress = (q: string): boolean => new URLSearchParams({ q }).toString().length <= 2000;

/** By vectors, by words (BM25), or by both, the two rankings fused by reciprocal rank. */
export const searchModeSchema = z.enum(["dense", "keyword", "hybrid"]);
export type SearchMode = z.infer<typeof searchModeSchema>;

/**
 * `GET /api/search?q=&k=&mode=&model=&dimension=&filter=name:value&filter=…`. All filters must hold. The query is the
 * person's text: it belongs in no log line and no span.
 */
const questionSchema = z.string().trim().min(1).max(MAX_QUESTION);
export const searchQuerySchema = z.object({
  q: questionSchema,
  k: z.coerce.number().int().min(1).max(100).default(10),
  /** `hybrid` without it, where the words of all passages are listed; the answer says which it was. */
  mode: searchModeSchema.optional(),
  model: searchedModelSchema.default("production"),
  /** The first so many dimensions of the vectors (Matryoshka), normalized again; the full vector without it. */
  dimension: z.coerce.number().int().min(8).max(4096).optional(),
  /** Whether the server's reranker orders the first passages anew; without it as the server is set up. */
  rerank: z
    .enum(["true", "false"], "must be true or false")
    .transform((value) => value === "true")
    .optional(),
  filter: repeated,
});

/**
 * `POST /api/search`: the same search with the question in the body, whatever its length, or by a vector that the caller made, so that the question's text stays with the caller. The
 * vector is of length 1, of all the model's dimensions, and made with the model's query prompt; `fingerprint` names the model. One
 * that is not the collection's is refused with 409 `vector-model-differs`.
 */
export const searchBodySchema = z
  .strictObject({
    q: optional(questionSchema),
    vector: optional(z.array(z.number()).min(8).max(4096)),
    fingerprint: optional(sha256Schema),
    k: optionalOr(z.int().min(1).max(100), 10),
    /** As in the address; a vector has no words, and is searched by vectors alone. */
    mode: optional(searchModeSchema),
    model: optionalOr(searchedModelSchema, "production"),
    dimension: optional(z.int().min(8).max(4096)),
    /** As in the address; a vector has no words to rerank by. */
    rerank: optional(z.boolean()),
    filter: optionalOr(filtersSchema, []),
  })
  .transform(({ q, vector, fingerprint, mode, ...rest }, context) => {
    if (q !== undefined && vector === undefined && fingerprint === undefined) return { q, mode, ...rest };
    if (q === undefined && vector !== undefined && fingerprint !== undefined && (mode ?? "dense") === "dense")
      return { vector, fingerprint, ...rest };
    const both = vector !== undefined && fingerprint !== undefined && q === undefined;
    const message = both
      ? "must have `mode` dense, or none: a vector has no words to search by"
      : "must hold either `q`, or `vector` and its `fingerprint`";
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });
export type SearchBody = z.input<typeof searchBodySchema>;
/** A search by a vector that the caller made. */
export type VectorSearch = Extract<z.output<typeof searchBodySchema>, { vector: unknown }>;

/** What made the vectors of an answer. */
export const embedderSchema = z
  .object({
    model: searchedModelSchema,
    /** Id of the base, `Qwen/Qwen3-Embedding-0.6B`. */
    base: z.string(),
    /** Version in the registry; null for the base itself. */
    version: versionSchema.nullable(),
    fingerprint: sha256Schema,
    dimension: z.int().positive(),
    /** Why the base answers although production was asked for, else null. */
    fallback: z.object({ code: z.string(), message: z.string(), hint: z.string() }).nullable(),
  })
  .meta({ id: "Embedder" });
export type Embedder = z.infer<typeof embedderSchema>;

/** `GET /api/search/model?model=`: what must embed a question for {@link vectorSearchSchema}, and where its files are. */
export const searchModelQuerySchema = z.object({ model: searchedModelSchema.default("production") });
export const searchModelSchema = z
  .object({
    embedder: embedderSchema,
    /** Longest question with its prompt, in tokens. */
    maxTokens: z.int().positive(),
    /** Repository and revision at this server's hub addresses; null for a model whose files it does not give out. */
    hub: z.object({ repo: z.string(), revision: z.string() }).nullable(),
  })
  .meta({ id: "SearchModel" });
export type SearchModel = z.infer<typeof searchModelSchema>;

const placedSchema = z.object({ rank: z.int().positive(), score: z.number() }).nullable();
export const searchHitSchema = z.object({
  rank: z.int().positive(),
  /** Of the answer's mode: cosine similarity, BM25, or the sum of 1 / (60 + rank) over both rankings. */
  score: z.number(),
  /** Place and cosine among the nearest passages (the first 100 in hybrid search); null when it is not there, or was not looked for. */
  dense: placedSchema,
  /** Place and BM25 among the passages with the question's words, in the same way. */
  keyword: placedSchema,
  /** The reranker's score, on a scale of its own, and the place before it; null where it did not score this passage. */
  rerank: z.object({ score: z.number(), before: z.int().positive() }).nullable(),
  documentId: z.string(),
  chunkId: z.string(),
  /** 0-based place of the chunk in its document. */
  chunk: z.int().nonnegative(),
  title: z.string().nullable(),
  source: z.string().nullable(),
  text: z.string(),
  metadata: metadataSchema,
});
export type SearchHit = z.infer<typeof searchHitSchema>;

export const searchResponseSchema = z
  .object({
    mode: searchModeSchema,
    /** Why in this mode, in one sentence. */
    modeReason: z.string(),
    /** Whether a reranker ordered the first passages, and why or why not, in one sentence. */
    reranked: z.boolean(),
    rerankReason: z.string(),
    /** The model whose collection was searched; in mode `keyword` it was not asked. */
    embedder: embedderSchema,
    /** Chunks that were searched. */
    chunks: z.int().nonnegative(),
    /** Whether every chunk was compared (exact), or an HNSW index was asked. */
    exact: z.boolean(),
    /** `embed` is 0 where the vector came with the request, or none was needed; `rerank` where no reranker was asked. */
    seconds: z.object({ embed: z.number(), search: z.number(), rerank: z.number(), total: z.number() }),
    hits: z.array(searchHitSchema),
    /** Names this search in `POST /api/feedback`; null where its question is not kept. */
    search_id: z.string().nullable(),
    traceUrl: z.url().nullable(),
    correlationId: z.string(),
  })
  .meta({ id: "SearchResponse" });
export type SearchResponse = z.infer<typeof searchResponseSchema>;

/** One model's chunks. */
export const collectionSchema = z.object({
  fingerprint: sha256Schema,
  model: retrievalModelSchema.nullable(),
  version: versionSchema.nullable(),
  documents: z.int().nonnegative(),
  chunks: z.int().nonnegative(),
  dimension: z.int().positive(),
  /** How its vectors are kept. */
  vectorType: z.enum(STORED_FORMS),
  /** What a job changes them to, while one does. */
  nextVectorType: z.enum(STORED_FORMS).nullable(),
  /** `building`: a job fills it, searches use another one meanwhile. `stale`: documents came that it does not hold. */
  state: z.enum(["ready", "building", "stale"]),
});
export type Collection = z.infer<typeof collectionSchema>;

/** `GET /api/index`: what is stored, and whether it was embedded with the model in production. */
export const indexStatusSchema = z
  .object({
    documents: z.int().nonnegative(),
    collections: z.array(collectionSchema),
    /** Fingerprint that searches for `production` use now; null before anything was ingested. */
    active: sha256Schema.nullable(),
    /** Fingerprint of the model in production. */
    production: sha256Schema,
    /** The job that builds the collection of the model in production, while one runs. */
    job: ingestJobSchema.nullable(),
  })
  .meta({ id: "IndexStatus" });
export type IndexStatus = z.infer<typeof indexStatusSchema>;

/**
 * `POST /api/index/re-embed`, answered with 202 and the job, or 200 with the job's end when nothing is missing. Without a
 * model: production's collection, or the baseline's where production's is complete.
 */
export const reembedRequestSchema = z.object({ model: optional(searchedModelSchema) }).nullish();
export const reembedAnswerSchema = z.object({ job: ingestJobSchema });
