import type { Embedder as EmbedderView, SearchHit } from "../../src/domain/api/index.ts";
import type { Problem } from "../../src/domain/errors.ts";
import { retry, TransientFailure } from "../lib/retry.ts";
import { wantedDimension } from "../serving/dimension.ts";
import type { ModelIdentity, ModelSource } from "../serving/modelSource.ts";
import type { KeywordFill, VectorStore } from "../vectors/index.ts";
import type { Collections, Target } from "./collections.ts";
import { findPassages, type RankedHit } from "./findPassages.ts";
import { filterPair, vectorOf, type Query, type SearchedModel } from "./query.ts";
import { chooseMode, type ChosenMode } from "./searchMode.ts";

/** How long a counted size is shown; it is a figure beside the answer, not part of it. */
const SIZE_MS = 2000;

/** A collection may be dropped between the look-up and the search (two switches in a row): then it is looked up again. */
const LOOKS = 4;

const BEHIND: Problem = {
  code: "collection-building",
  message: "The documents are still being embedded with the model in production; the one before answers.",
  hint: "Nothing needs to be done; it takes over when all are embedded.",
};

/** What a search found, and by which model. */
export interface Found extends ChosenMode {
  identity: ModelIdentity;
  view: EmbedderView;
  hits: SearchHit[];
  exact: boolean;
  /** Of the question; null when nothing was embedded here. */
  tokens: number | null;
  /** Passages in the collection. */
  chunks: number;
  seconds: { embed: number; search: number };
}

/** Finds the collection that a question is for, its model, and the best passages. */
export class Lookup {
  readonly #sizes = new Map<string, { size: number; at: number }>();

  constructor(
    private readonly store: VectorStore,
    private readonly collections: Collections,
    private readonly listed: Pick<KeywordFill, "ready" | "words">,
  ) {}

  /** @throws what `Search.run` throws */
  find(query: Query, signal?: AbortSignal): Promise<Found> {
    return retry((number) => this.#find(query, number === LOOKS, signal), {
      attempts: LOOKS,
      first: 0,
      longest: 0,
    });
  }

  /** The model behind a name, and the collection that it searches. */
  async target(model: SearchedModel): Promise<Target> {
    return this.collections.searched(model === "production" ? model : await this.source(model));
  }

  async source(model: Exclude<SearchedModel, "production">): Promise<ModelSource> {
    const { models } = this.collections;
    await models.ready();
    return model === "baseline" ? models.catalog.baseline() : models.catalog.version(model);
  }

  view(model: SearchedModel, identity: ModelIdentity, dimension: number): EmbedderView {
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

  async #find(query: Query, last: boolean, signal: AbortSignal | undefined): Promise<Found> {
    const chosen = chooseMode(query, this.listed);
    const { collection, source } = await this.target(query.model);
    return this.collections.models.use(source, async (embedder) => {
      const { identity } = embedder;
      const dimension = wantedDimension(query.dimension, identity);
      const embedding = performance.now();
      const { vector, tokens } =
        chosen.mode === "keyword" ? { vector: null, tokens: null } : await vectorOf(query, embedder, signal);
      const searching = performance.now();
      const filter = query.filter.map(filterPair);
      const question = "q" in query ? query.q : null;
      const asked = { collection, vector, question, k: query.k, dimension, filter };
      const found = await findPassages(this.store, chosen.mode, asked);
      const ended = performance.now();
      if (!last && !(await this.store.collections.find(collection.id)))
        throw new TransientFailure("the collection was dropped");
      return {
        ...chosen,
        identity,
        view: this.view(query.model, identity, dimension),
        hits: found.hits.map(hitView),
        exact: found.exact,
        tokens,
        chunks: await this.#size(collection.id),
        seconds: {
          embed: tokens === null ? 0 : (searching - embedding) / 1000,
          search: (ended - searching) / 1000,
        },
      };
    });
  }

  async #size(id: string): Promise<number> {
    const known = this.#sizes.get(id);
    if (known && performance.now() - known.at < SIZE_MS) return known.size;
    const size = await this.store.size(id);
    this.#sizes.set(id, { size, at: performance.now() });
    return size;
  }
}

const hitView = (hit: RankedHit, index: number): SearchHit => ({
  rank: index + 1,
  score: hit.score,
  dense: hit.dense,
  keyword: hit.keyword,
  rerank: null,
  documentId: hit.documentId,
  chunkId: `${hit.documentId}#${hit.ordinal}`,
  chunk: hit.ordinal,
  title: hit.title || null,
  source: hit.source,
  text: hit.text,
  metadata: hit.metadata,
});
