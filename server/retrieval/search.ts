import type { Span } from "@opentelemetry/api";
import type { Logger } from "pino";
import type { SearchHit, SearchModel, SearchResponse } from "../../src/domain/api/index.ts";
import { ATTRIBUTE } from "../../src/domain/telemetry/attributes.ts";
import { placeOf } from "../hub/repositories.ts";
import { sha256 } from "../lib/hash.ts";
import { modelAttributes, modelFields, usageAttributes } from "../serving/facts.ts";
import type { Reranking } from "../reranking/reranking.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { KeywordFill, VectorStore } from "../vectors/index.ts";
import type { Collections } from "./collections.ts";
import { Lookup, type Found } from "./lookup.ts";
import type { Query, SearchedModel } from "./query.ts";
import { chooseRerank, rerank, rerankAttributes } from "./rerank.ts";

/** Keeps a question and what it found; null where nothing is kept. @returns the id of the search */
export type KeepSearch = (question: string, hits: readonly SearchHit[]) => Promise<string | null>;

/** Answers queries. The query is always embedded with the model of the collection that is searched, here or by the caller. */
export class Search {
  readonly #lookup: Lookup;

  constructor(
    store: VectorStore,
    private readonly collections: Collections,
    private readonly telemetry: Telemetry,
    private readonly traceUrl: (traceId: string) => string | null,
    private readonly log: Logger,
    private readonly keep: KeepSearch,
    listed: KeywordFill,
    private readonly reranking: Reranking | null,
  ) {
    this.#lookup = new Lookup(store, collections, listed);
  }

  /**
   * @throws StudioError `dimension-too-large`, `text-too-long`, `vector-dimension`, `vector-not-unit`; HttpProblem
   * `vector-model-differs` (409), `words-not-listed` (503), and for collections that are not ready
   */
  run(query: Query, correlationId: string, signal?: AbortSignal): Promise<SearchResponse> {
    const own = "q" in query;
    return this.telemetry.span(
      "retrieval.search",
      {
        [ATTRIBUTE.observationType]: "retriever",
        [ATTRIBUTE.k]: query.k,
        [ATTRIBUTE.queryHash]: own ? sha256(query.q) : undefined,
        [ATTRIBUTE.queryEmbeddedBy]: own ? "server" : "caller",
        [ATTRIBUTE.correlationId]: correlationId,
      },
      async (span) => {
        const began = performance.now();
        const choice = chooseRerank(query, this.reranking);
        const k = choice.reranking ? Math.max(query.k, choice.reranking.settings.top) : query.k;
        const found = await this.#lookup.find({ ...query, k }, signal);
        const { identity, view, mode, reason, exact, chunks } = found;
        const list = await rerank(query, found, choice, signal);
        const { hits } = list;
        const seconds = { ...found.seconds, rerank: list.seconds, total: (performance.now() - began) / 1000 };
        this.#describe(span, query, { ...found, hits });
        if (choice.reranking) span.setAttributes(rerankAttributes(choice.reranking, list));
        this.log.info(
          {
            event: "retrieval.search",
            correlation_id: correlationId,
            ...modelFields(identity),
            fallback_reason: view.fallback?.code ?? null,
            embedded_by: own ? "server" : "caller",
            mode,
            k: query.k,
            results: hits.length,
            reranked: list.reranked,
            rerank_failure: list.code,
            ms: Math.round(seconds.total * 1000),
          },
          "search answered",
        );
        const traceUrl = this.traceUrl(span.spanContext().traceId);
        // Of a caller who keeps the question none is kept here either.
        const search_id = own ? await this.keep(query.q, hits) : null;
        return {
          mode,
          modeReason: reason,
          reranked: list.reranked,
          rerankReason: list.reason,
          embedder: view,
          chunks,
          exact,
          seconds,
          hits,
          search_id,
          traceUrl,
          correlationId,
        };
      },
    );
  }

  /** The model that must embed questions for a collection, and where its files are. It is loaded for it, so that those exist. */
  async describe(model: SearchedModel): Promise<SearchModel> {
    const lookup = this.#lookup;
    const source = model === "production" ? (await lookup.target(model)).source : await lookup.source(model);
    return this.collections.models.use(source, async ({ identity, maxTokens }) => ({
      embedder: lookup.view(model, identity, identity.dimension),
      maxTokens,
      hub: placeOf(source),
    }));
  }

  #describe(span: Span, query: Query, { identity, view, mode, hits, tokens, chunks }: Found): void {
    span.setAttributes({
      ...modelAttributes(identity, view.fallback),
      [ATTRIBUTE.searchMode]: mode,
      [ATTRIBUTE.dimension]: view.dimension,
      [ATTRIBUTE.results]: hits.length,
      [ATTRIBUTE.chunks]: chunks,
      [ATTRIBUTE.collection]: identity.fingerprint,
      ...(tokens === null
        ? { [ATTRIBUTE.backend]: undefined } // Nothing was embedded, or the caller did it by means that are not known here.
        : { ...usageAttributes(tokens), [ATTRIBUTE.promptHash]: identity.promptHash.query }),
    });
    // Of a caller who keeps the question no text is kept either.
    if ("q" in query)
      this.telemetry.text(span, {
        input: () => query.q,
        output: () => JSON.stringify(hits.map(({ documentId, text }) => ({ documentId, text }))),
      });
  }
}
