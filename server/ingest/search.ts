import { createHash } from "node:crypto";
import type { Logger } from "pino";
import type { z } from "zod";
import type {
  Embedder as EmbedderView,
  SearchHit,
  searchQuerySchema,
  SearchResponse,
} from "../../src/domain/api/index.ts";
import { StudioError } from "../../src/domain/errors.ts";
import { ATTRIBUTE } from "../../src/domain/telemetry/attributes.ts";
import { modelAttributes, modelFields } from "../serving/models.ts";
import type { ModelIdentity } from "../serving/embedder.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { VectorStore } from "../vectors/index.ts";
import type { Collections, Target } from "./collections.ts";

type Query = z.output<typeof searchQuerySchema>;

/** How long a counted size is shown; it is a figure beside the answer, not part of it. */
const SIZE_MS = 2000;

/** Answers queries. The query is always embedded with the model of the collection that is searched. */
export class Search {
  readonly #sizes = new Map<string, { size: number; at: number }>();

  constructor(
    private readonly store: VectorStore,
    private readonly collections: Collections,
    private readonly telemetry: Telemetry,
    private readonly traceUrl: (traceId: string) => string | null,
    private readonly log: Logger,
  ) {}

  /** @throws StudioError `dimension-too-large`, `text-too-long`; HttpProblem for collections that are not ready */
  run(query: Query, correlationId: string, signal?: AbortSignal): Promise<SearchResponse> {
    const hash = createHash("sha256").update(query.q).digest("hex");
    return this.telemetry.span(
      "retrieval.search",
      {
        [ATTRIBUTE.observationType]: "retriever",
        [ATTRIBUTE.k]: query.k,
        [ATTRIBUTE.queryHash]: hash,
        [ATTRIBUTE.correlationId]: correlationId,
      },
      async (span) => {
        const answer = await this.#run(query, signal);
        const { identity, view, hits, exact, seconds, tokens, chunks } = answer;
        for (const [key, value] of Object.entries(modelAttributes(identity, view.fallback)))
          if (value !== undefined) span.setAttribute(key, value);
        span.setAttributes({
          [ATTRIBUTE.dimension]: view.dimension,
          [ATTRIBUTE.results]: hits.length,
          [ATTRIBUTE.chunks]: chunks,
          [ATTRIBUTE.collection]: identity.fingerprint,
          [ATTRIBUTE.promptHash]: identity.promptHash.query,
          [ATTRIBUTE.usage]: JSON.stringify({ input: tokens, total: tokens }),
        });
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
        const { vectors, tokens } = await lease.embedder.embed([query.q], "query", {
          lane: "interactive",
          ...(signal ? { signal } : {}),
        });
        const searching = performance.now();
        const found = await this.store.nearest.search({
          collection: target.collection,
          query: vectors[0] as Float32Array,
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
            embed: (searching - embedding) / 1000,
            search: (ended - searching) / 1000,
            total: (ended - started) / 1000,
          },
        };
      } finally {
        lease.release();
      }
    }
  }

  async #target(model: Query["model"]): Promise<Target> {
    const { models } = this.collections;
    if (model === "production") return this.collections.searched("production");
    await models.ready();
    return this.collections.searched(
      model === "baseline" ? models.catalog.baseline() : await models.catalog.version(model),
    );
  }

  #view(model: Query["model"], identity: ModelIdentity, dimension: number): EmbedderView {
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

const BEHIND = {
  code: "collection-building",
  message: "The documents are still being embedded with the model in production; the one before answers.",
  hint: "Nothing needs to be done; GET /api/index shows the progress.",
};

const split = (pair: string): [string, string] => {
  const at = pair.indexOf(":");
  return [pair.slice(0, at), pair.slice(at + 1)];
};
