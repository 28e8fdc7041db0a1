import { at } from "../present.ts";
import { quantile } from "../quantile.ts";
import { rerankOrder } from "../rerank/order.ts";
import { evaluateRankings } from "./evaluate.ts";
import type { Rankings } from "./rank.ts";
import type { RankedTask, RetrievalEvaluation } from "./types.ts";

/** Labels of reranked hybrid search in figures that leave the studio. */
export const RERANK_LABELS = ["reranked baseline", "reranked tuned"] as const;

/** Hybrid search with either model of a run, its first passages in a reranker's order. */
export interface Reranked {
  /** The reranker. */
  model: string;
  /** How many of the first passages were reranked. */
  depth: number;
  latency: RerankLatency;
  baseline: RetrievalEvaluation;
  tuned: RetrievalEvaluation;
}

/** What a question took, for as many passages as were judged for it on average. */
export interface RerankLatency {
  p50Seconds: number;
  p95Seconds: number;
  passages: number;
}

/** A question with the passages to judge for it. */
export interface RerankCandidates {
  query: number;
  documents: number[];
}

/** Of each scored query the passages that any of the rankings has among its first; each is judged once, as a cross-encoder reads each alone. */
export const rerankCandidates = (rankings: readonly RetrievalEvaluation[], depth: number): RerankCandidates[] => {
  const byQuery = new Map<number, Set<number>>();
  for (const { perQuery } of rankings)
    for (const { query, top } of perQuery) {
      const documents = byQuery.get(query) ?? new Set();
      top.slice(0, depth).forEach((document) => documents.add(document));
      byQuery.set(query, documents);
    }
  return [...byQuery].map(([query, documents]) => ({ query, documents: [...documents].sort((a, b) => a - b) }));
};

/** Scores of the candidates, in their order, and the seconds that they took. */
export interface RerankScores extends RerankCandidates {
  scores: readonly number[];
  seconds: number;
}

/**
 * A ranking with its first `depth` passages ordered by a reranker, as the server's search does it: equal scores keep their order, and what is
 * behind keeps its own. Their scores go on falling from the lowest of the reranker's, so that a TREC run has the same order.
 */
export const evaluateReranked = (
  task: RankedTask,
  ranked: RetrievalEvaluation,
  judged: readonly RerankScores[],
  depth: number,
  label: string,
): RetrievalEvaluation => {
  const rankings: Rankings = { top: task.queries.map(() => []), scores: task.queries.map(() => []) };
  const byQuery = new Map(
    judged.map(({ query, documents, scores }) => [query, new Map(documents.map((one, i) => [one, at(scores, i)]))]),
  );
  for (const { query, top } of ranked.perQuery) {
    const first = top.slice(0, depth);
    const scores = first.map((document) => byQuery.get(query)?.get(document) ?? NaN);
    const order = rerankOrder(scores);
    const lowest = Math.min(...scores);
    rankings.top[query] = [...order.map((place) => at(first, place)), ...top.slice(depth)];
    rankings.scores[query] = [
      ...order.map((place) => at(scores, place)),
      ...top.slice(depth).map((_, i) => lowest - 1 - i),
    ];
  }
  const seconds = judged.reduce((sum, one) => sum + one.seconds, 0);
  return evaluateRankings(task, rankings, label, seconds);
};

export const rerankLatency = (judged: readonly RerankScores[]): RerankLatency => {
  const seconds = judged.map((one) => one.seconds);
  const passages = judged.reduce((sum, { documents }) => sum + documents.length, 0);
  return seconds.length === 0
    ? { p50Seconds: 0, p95Seconds: 0, passages: 0 }
    : { p50Seconds: quantile(seconds, 0.5), p95Seconds: quantile(seconds, 0.95), passages: passages / judged.length };
};

/** In a sentence, for screens and terminals. */
export const latencySentence = ({ p50Seconds, p95Seconds, passages }: RerankLatency): string => {
  const ms = (seconds: number): string => `${Math.round(seconds * 1000)} ms`;
  return `A question took ${ms(p50Seconds)} (p50) and ${ms(p95Seconds)} (p95), for ${Math.round(passages)} passages on average.`;
};

/** Characters of a passage that are sent; no cross-encoder reads more. */
const MAX_CHARACTERS = 10_000;
const MAX_QUESTION = 4000;

/** Texts as they are sent to a reranker. */
export const rerankTexts = (query: string, texts: readonly string[]): { query: string; texts: string[] } => ({
  query: query.slice(0, MAX_QUESTION),
  texts: texts.map((text) => text.slice(0, MAX_CHARACTERS)),
});
