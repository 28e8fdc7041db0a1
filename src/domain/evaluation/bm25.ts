import MiniSearch from "minisearch";
import { evaluateRankings } from "./evaluate.ts";
import { DEPTH } from "./metrics.ts";
import type { Rankings } from "./rank.ts";
import type { RetrievalEvaluation, RetrievalTask } from "./types.ts";
import { BM25, bm25Tokens, SCORE_STEPS } from "./words.ts";

/**
 * The lexical line of each chart. minisearch builds the index and computes BM25 with δ = 0 (Okapi), in which the length of a
 * document counts its distinct words. Its final score is that sum times the number of distinct query words that
 * matched; the factor is divided out again, so that the ranking is BM25's own. Documents without any word of the query
 * are not ranked. Scores that agree to nine decimals keep the order of the corpus: the last digits hang on the order of adding.
 */
export const rankBm25 = (queries: readonly string[], corpus: readonly string[], k: number = DEPTH): Rankings => {
  const { add, rank } = bm25Index();
  add(corpus);
  return rank(queries, k);
};

/** The index of {@link rankBm25} for work in pieces: `add` takes further documents, `rank` asks some queries. */
export const bm25Index = (): {
  add(corpus: readonly string[]): void;
  rank(queries: readonly string[], k: number): Rankings;
} => {
  const index = new MiniSearch<{ id: number; text: string }>({
    fields: ["text"],
    tokenize: bm25Tokens,
    processTerm: (term) => term,
    searchOptions: { bm25: { ...BM25, d: 0 }, combineWith: "OR", prefix: false, fuzzy: false },
  });
  let held = 0;
  return {
    add: (corpus) => index.addAll(corpus.map((text) => ({ id: held++, text }))),
    rank(queries, k) {
      const rankings: Rankings = { top: [], scores: [] };
      for (const query of queries) {
        const found = index
          .search(query)
          .map((hit) => ({ id: hit.id as number, score: hit.score / Math.max(1, hit.queryTerms.length) }))
          .sort((a, b) => inSteps(b.score) - inSteps(a.score) || a.id - b.id)
          .slice(0, k);
        rankings.top.push(found.map((hit) => hit.id));
        rankings.scores.push(found.map((hit) => hit.score));
      }
      return rankings;
    },
  };
};

const inSteps = (score: number): number => Math.round(score * SCORE_STEPS);

/** BM25 on a retrieval task, labelled `bm25`. */
export const evaluateBm25 = (task: RetrievalTask): RetrievalEvaluation => {
  const start = performance.now();
  const rankings = rankBm25(
    task.queries.map((query) => query.text),
    task.corpus,
  );
  return evaluateRankings(task, rankings, "bm25", (performance.now() - start) / 1000);
};
