import { dot, rankTopK, type Rankings } from "../../evaluation/rank.ts";
import type { MiningPlan } from "./plan.ts";

/** Names and meaning follow sentence-transformers' `mine_hard_negatives` with `sampling_strategy="top"`. */
export interface MiningOptions {
  /** A candidate above `s − |s| · margin` is too close to the lowest positive score s. Null: no such rule. */
  relativeMargin?: number | null;
  numNegatives?: number;
  /** Best remaining candidates to skip, after positives and margin were applied. */
  rangeMin?: number;
  /** How deep candidates reach; worked out from the other options when absent. */
  rangeMax?: number;
  /** Suspected false negatives kept per query, best first. */
  suspects?: number;
  /** The best {@link miningDepth} documents of each query, where a device has ranked them already. */
  ranked?: Rankings;
}

/** Baseline embeddings of the plan's texts, L2-normalized, row-major. */
interface MiningEmbeddings {
  queries: Float32Array;
  documents: Float32Array;
  dim: number;
}

/** Embeddings, and the best documents of each query by them. */
export interface NearestDocuments extends MiningEmbeddings {
  ranked: Rankings;
}

export interface Scored {
  /** Index into the plan's documents. */
  document: number;
  /** Cosine with the query. */
  score: number;
}

export interface MinedQuery {
  /** Index into the plan's queries. */
  query: number;
  positives: Scored[];
  lowestPositiveScore: number;
  threshold: number | null;
  /** Everything that was looked at, best first. */
  candidates: Scored[];
  negatives: Scored[];
  /** Dropped by the margin: so close that they may be right answers that nobody marked. */
  suspected: Scored[];
}

const MINING_DEFAULTS = { relativeMargin: 0.05, numNegatives: 3, rangeMin: 0, suspects: 10 } as const;

/** How many candidates the reference looks at when `range_max` is not given. */
export const defaultRangeMax = (plan: MiningPlan, rangeMin: number, numNegatives: number, margin: boolean): number =>
  rangeMin + numNegatives * (margin ? 10 : 1) + plan.maxPositives;

/** How many of the best documents of each query mining looks at. */
export const miningDepth = (plan: MiningPlan, options: MiningOptions = {}): number => {
  const { relativeMargin = MINING_DEFAULTS.relativeMargin, numNegatives = MINING_DEFAULTS.numNegatives } = options;
  const { rangeMin = MINING_DEFAULTS.rangeMin } = options;
  const rangeMax = options.rangeMax ?? defaultRangeMax(plan, rangeMin, numNegatives, relativeMargin !== null);
  return rangeMax + plan.maxPositives;
};

/**
 * Hard negatives by the baseline: the best ranked documents that are not known to be right and not suspiciously close to
 * being right. Equal scores keep the order of the documents.
 */
export const mineHardNegatives = (
  plan: MiningPlan,
  embeddings: MiningEmbeddings,
  options: MiningOptions = {},
): MinedQuery[] => {
  const { relativeMargin = MINING_DEFAULTS.relativeMargin, numNegatives = MINING_DEFAULTS.numNegatives } = options;
  const { rangeMin = MINING_DEFAULTS.rangeMin, suspects = MINING_DEFAULTS.suspects } = options;
  const { queries, documents, dim } = embeddings;
  const k = miningDepth(plan, options);
  const ranked = options.ranked ?? rankTopK({ queryEmbeddings: queries, corpusEmbeddings: documents, dim, k });
  return plan.queries.map((_, query) => {
    const known = new Set(plan.positives[query]);
    const positives = [...known].map((document) => ({
      document,
      score: dot(queries, query * dim, documents, document * dim, dim),
    }));
    const lowest = Math.min(...positives.map(({ score }) => score));
    const threshold = relativeMargin === null ? null : lowest - Math.abs(lowest) * relativeMargin;
    const candidates = (ranked.top[query] ?? []).map((document, i) => ({
      document,
      score: ranked.scores[query]?.[i] as number,
    }));
    const unknown = candidates.filter(({ document }) => !known.has(document));
    const tooClose = ({ score }: Scored): boolean => threshold !== null && score > threshold;
    return {
      query,
      positives,
      lowestPositiveScore: lowest,
      threshold,
      candidates,
      negatives: unknown.filter((entry) => !tooClose(entry)).slice(rangeMin, rangeMin + numNegatives),
      suspected: unknown.filter(tooClose).slice(0, suspects),
    };
  });
};
