import { createHash } from "node:crypto";
import type { Logger } from "pino";
import type { z } from "zod";
import type {
  Embedder as EmbedderView,
  SearchHit,
  SearchModel,
  searchQuerySchema,
  SearchResponse,
  vectorSearchSchema,
} from "../../src/domain/api/index.ts";
import { StudioError } from "../../src/domain/errors.ts";
import { ATTRIBUTE } from "../../src/domain/telemetry/attributes.ts";
import { HttpProblem } from "../lib/httpProblem.ts";
import { placeOf } from "../hub/repositories.ts";
import { modelAttributes, modelFields } from "../serving/facts.ts";
import type { Embedder, ModelIdentity, ModelSource } from "../serving/embedder.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { VectorStore } from "../vectors/index.ts";
import type { Collections, Target } from "./collections.ts";

/** A question as text, or as the vector that the caller made of it. */
type Query = z.output<typeof searchQuerySchema> | z.output<typeof vectorSearchSchema>;
type Model = Query["model"];

/** How long a counted size is shown; it is a figure beside the answer, not part of it. */
const SIZE_MS = 2000;

/** How far from 1 the length of a caller's vector may be. */
const UNIT_TOLERANCE = 1e-3;

/** Answers queries. The query is always embedded with the model of the collection that is searched, here or by the caller. */
export class Search {
  readonly #sizes = new Map<string, { size: number; at: number }>();

  constructor(
    private readonly store: VectorStore,
    private readonly collections: Collections,
    private readonly telemetry: Telemetry,
    private readonly traceUrl: (traceId: string) => string | null,
    private readonly log: Logger,
  ) {}

  /**
   * @throws StudioError `dimension-too-large`, `text-too-long`, `vector-dimension`, `vector-not-unit`; HttpProblem
   * `vector-model-differs` (409), and for collections that are not ready
   */
  run(query: Query, correlationId: string, signal?: AbortSignal): Promise<SearchResponse> {
    const own = "q" in query;
    return this.telemetry.span(
      "retrieval.search",
      {
        [ATTRIBUTE.observationType]: "retriever",
        [ATTRIBUTE.k]: query.k,
        ...(own ? { [ATTRIBUTE.queryHash]: createHash("sha256").update(query.q).digest("hex") } : {}),
        [ATTRIBUTE.queryEmbeddedBy]: own ? "server" : "caller",
        [ATTRIBUTE.correlationId]: correlationId,
      },
      async (span) => {
        const answer = await this.#run(query, signal);
        const { identity, view, hits, exact, seconds, tokens, chunks } = answer;
        for (const [key, value] of Object.entries(modelAttributes(identity, view.fallback)))
          // What computed a caller's vector is not known here.
          if (value !== undefined && (own || key !== ATTRIBUTE.backend)) span.setAttribute(key, value);
        span.setAttributes({
          [ATTRIBUTE.dimension]: view.dimension,
          [ATTRIBUTE.results]: hits.length,
          [ATTRIBUTE.chunks]: chunks,
          [ATTRIBUTE.collection]: identity.fingerprint,
          ...(tokens === null
            ? {}
            : {
                [ATTRIBUTE.promptHash]: identity.promptHash.query,
                [ATTRIBUTE.usage]: JSON.stringify({ input: tokens, total: tokens }),
              }),
        });
        // Of a caller who keeps the question no text is kept either.
        if (own)
          this.telemetry.text(span, {
            input: () => query.q,
            output: () => JSON.stringify(hits.map(({ documentId, text }) => ({ documentId, text }))),
          });
        this.log.info(
          {
            event: "retrieval.search",
            correlation_id: correlationId,
            ...modelFields(identity),
            fallback_reason: view.fallback?.code ?? null,
            embedded_by: own ? "server" : "caller",
            k: query.k,
            results: hits.length,
            ms: Math.round(seconds.total * 1000),
          },
          "search answered",
        );
        return {
          embedder: view,
          chunks,
          exact,
          seconds,
          hits,
          traceUrl: this.traceUrl(span.spanContext().traceId),
          correlationId,
        };
      },
    );
  }

  /** The model that must embed questions for a collection, and where its files are. It is loaded for it, so that those exist. */
  async describe(model: Model): Promise<SearchModel> {
    const source = model === "production" ? (await this.#target(model)).source : await this.#source(model);
    const lease = await this.collections.models.acquire(source);
    try {
      const { identity, maxTokens } = lease.embedder;
      return { embedder: this.#view(model, identity, identity.dimension), maxTokens, hub: placeOf(source) };
    } finally {
      lease.release();
    }
  }

  async #run(query: Query, signal: AbortSignal | undefined) {
    const started = performance.now();
    // A collection may be dropped between the look-up and the search (two switches in a row): then look again.
    for (let attempt = 0; ; attempt += 1) {
      const target = await this.#target(query.model);
      const lease = await this.collections.models.acquire(target.source);
      try {
        const { identity } = lease.embedder;
        const dimension = query.dimension ?? identity.dimension;
        if (dimension > identity.dimension)
          throw new StudioError(
            "dimension-too-large",
            `The model gives vectors of ${identity.dimension} dimensions.`,
            `Ask for at most ${identity.dimension}.`,
          );
        const embedding = performance.now();
        const { vector, tokens } =
          "q" in query
            ? await embedded(lease.embedder, query.q, signal)
            : { vector: checked(query, identity), tokens: null };
        const searching = performance.now();
        const found = await this.store.nearest.search({
          collection: target.collection,
          query: vector,
          k: query.k,
          dimension,
          filter: query.filter.map((pair) => split(pair)),
        });
        const ended = performance.now();
        if (attempt < 3 && !(await this.store.collections.find(target.collection.id))) continue;
        return {
          identity,
          view: this.#view(query.model, identity, dimension),
          hits: found.hits.map((hit, i): SearchHit => ({
            rank: i + 1,
            score: hit.score,
            documentId: hit.documentId,
            chunkId: `${hit.documentId}#${hit.ordinal}`,
            chunk: hit.ordinal,
            title: hit.title || null,
            source: hit.source,
            text: hit.text,
            metadata: hit.metadata,
          })),
          exact: found.exact,
          tokens,
          chunks: await this.#size(target.collection.id),
          seconds: {
            embed: tokens === null ? 0 : (searching - embedding) / 1000,
            search: (ended - searching) / 1000,
            total: (ended - started) / 1000,
          },
        };
      } finally {
        lease.release();
      }
    }
  }

  async #target(model: Model): Promise<Target> {
    return this.collections.searched(model === "production" ? model : await this.#source(model));
  }

  async #source(model: Exclude<Model, "production">): Promise<ModelSource> {
    const { models } = this.collections;
    await models.ready();
    return model === "baseline" ? models.catalog.baseline() : models.catalog.version(model);
  }

  #view(model: Model, identity: ModelIdentity, dimension: number): EmbedderView {
    const serving = this.collections.models.current();
    const behind = model === "production" && serving.identity.fingerprint !== identity.fingerprint;
    return {
      model,
      base: identity.baseId,
      version: identity.version,
      fingerprint: identity.fingerprint,
      dimension,
      fallback: behind ? BEHIND : model === "production" ? serving.fallback : null,
    };
  }

  async #size(id: string): Promise<number> {
    const known = this.#sizes.get(id);
    if (known && performance.now() - known.at < SIZE_MS) return known.size;
    const size = await this.store.size(id);
    this.#sizes.set(id, { size, at: performance.now() });
    return size;
  }
}

const embedded = async (embedder: Embedder, q: string, signal: AbortSignal | undefined) => {
  const { vectors, tokens } = await embedder.embed([q], "query", {
    lane: "interactive",
    ...(signal ? { signal } : {}),
  });
  return { vector: vectors[0] as Float32Array, tokens };
};

/** The caller's vector, if it is one of the collection's model. */
const checked = (query: z.output<typeof vectorSearchSchema>, identity: ModelIdentity): Float32Array => {
  if (query.fingerprint !== identity.fingerprint)
    throw new HttpProblem(409, {
      code: "vector-model-differs",
      message: "The vector was made by another model than the one that answers here now.",
      hint: "Load the model that GET /api/search/model names, embed the question with it, and search again.",
    });
  const vector = Float32Array.from(query.vector);
  if (vector.length !== identity.dimension)
    throw new StudioError(
      "vector-dimension",
      `The vector has ${vector.length} dimensions; the model's have ${identity.dimension}.`,
      "Send the whole vector; `dimension` compares its beginning.",
    );
  if (!(Math.abs(Math.hypot(...vector) - 1) <= UNIT_TOLERANCE))
    throw new StudioError("vector-not-unit", "The vector is not of length 1.", "Normalise it (L2), and send it again.");
  return vector;
};

const BEHIND = {
  code: "collection-building",
  message: "The documents are still being embedded with the model in production; the one before answers.",
  hint: "Nothing needs to be done; GET /api/index shows the progress.",
};

const split = (pair: string): [string, string] => {
  const at = pair.indexOf(":");
  return [pair.slice(0, at), pair.slice(at + 1)];
};
