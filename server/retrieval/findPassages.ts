import type { SearchMode } from "../../src/domain/api/index.ts";
import { fuseWithScores } from "../../src/domain/evaluation/fuse.ts";
import { DEPTH } from "../../src/domain/evaluation/metrics.ts";
import { at } from "../../src/domain/present.ts";
import { byPlace, type Collection, type Filter, type Hit, type VectorStore } from "../vectors/index.ts";

/** A place in one of the two rankings, from 1, and the score there: cosine or BM25. */
export interface Placed {
  rank: number;
  score: number;
}

/** A passage with its places among the nearest and among those that hold the question's words. */
export interface RankedHit extends Hit {
  dense: Placed | null;
  keyword: Placed | null;
}

/** What both searches need. */
export interface PassageQuery {
  collection: Collection;
  /** Null in keyword search, which has none. */
  vector: Float32Array | null;
  /** Null where the caller sent a vector instead. */
  question: string | null;
  k: number;
  dimension: number;
  filter: Filter;
}

/**
 * The best passages by vectors, by words, or by both: then the first 100 of each are fused by reciprocal rank, as `evaluateHybrid`
 * does, from one state of the store. Equal scores go by document and place.
 */
export const findPassages = async (
  store: VectorStore,
  mode: SearchMode,
  query: PassageQuery,
): Promise<{ hits: RankedHit[]; exact: boolean }> => {
  const { collection, vector, question, dimension, filter } = query;
  const nearest = (k: number) => ({ collection, query: vector ?? new Float32Array(), k, dimension, filter });
  if (mode === "dense") {
    const { hits, exact } = await store.nearest.search(nearest(query.k));
    return { hits: hits.map((hit, i) => ({ ...hit, dense: placed(hit, i), keyword: null })), exact };
  }
  const words = (k: number) => ({ question: question ?? "", k, filter });
  if (mode === "keyword") {
    const hits = await store.keywords.search(words(query.k));
    return { hits: hits.map((hit, i) => ({ ...hit, dense: null, keyword: placed(hit, i) })), exact: true };
  }
  const { dense, keyword } = await store.snapshot(async (within) => ({
    dense: await store.nearest.search({ ...nearest(DEPTH), within }),
    keyword: await store.keywords.search({ ...words(DEPTH), within }),
  }));
  return { hits: fuse(dense.hits, keyword, query.k), exact: dense.exact };
};

const placed = ({ score }: Hit, index: number): Placed => ({ rank: index + 1, score });

const keyOf = ({ documentId, ordinal }: Hit): string => `${documentId}#${ordinal}`;

const fuse = (dense: readonly Hit[], keyword: readonly Hit[], k: number): RankedHit[] => {
  const all = [...new Map([...dense, ...keyword].map((hit) => [keyOf(hit), hit])).values()].sort(byPlace);
  // The fusion breaks ties by index, so indices go by place.
  const index = new Map(all.map((hit, i) => [keyOf(hit), i]));
  const indices = (hits: readonly Hit[]) => hits.map((hit) => index.get(keyOf(hit)) ?? -1);
  const places = (hits: readonly Hit[]) => new Map(hits.map((hit, i) => [keyOf(hit), placed(hit, i)]));
  const [near, worded] = [places(dense), places(keyword)];
  return fuseWithScores([indices(keyword), indices(dense)], k).map(({ document, score }) => {
    const hit = at(all, document);
    return { ...hit, score, dense: near.get(keyOf(hit)) ?? null, keyword: worded.get(keyOf(hit)) ?? null };
  });
};
