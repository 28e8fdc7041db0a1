import {
  compareAll,
  evaluateReranked,
  headlineOf,
  latencySentence,
  RERANK_LABELS,
  rerankCandidates,
  rerankLatency,
  rerankTexts,
  verdictSentence,
  type RerankLatency,
  type RerankScores,
} from "../../src/domain/evaluation/index.ts";
import type { Comparison, Metrics, RetrievalTask } from "../../src/domain/evaluation/types.ts";
import { at } from "../../src/domain/present.ts";
import { RERANK_DEPTH, type Reranker } from "../../src/domain/rerank/types.ts";
import type { HybridLines } from "./pipelineLines.ts";

/** Hybrid search with either model, its first 50 in a reranker's order. */
interface RerankedPipeline {
  model: string;
  depth: number;
  latency: RerankLatency;
  baseline: Metrics;
  tuned: Metrics;
  /** The tuned model against the base, both reranked. */
  comparisons: Comparison[];
  /** With the tuned model: reranked against not. */
  againstHybrid: Comparison[];
}

/** What reports print, and the two lines themselves. */
interface RerankedLines {
  report: RerankedPipeline;
  lines: HybridLines;
}

const AT_ONCE = 4;
const SAY_EVERY = 100;

/**
 * @param lines  hybrid search with either model
 * @throws StudioError `rerank-…` when the reranker cannot be used; a figure of some of the questions would be none
 */
export const rerankPipeline = async (
  task: RetrievalTask,
  [before, after]: HybridLines,
  reranker: Reranker,
): Promise<RerankedLines> => {
  const candidates = rerankCandidates([before, after], RERANK_DEPTH);
  const judged: RerankScores[] = [];
  const { signal } = new AbortController();
  for (let from = 0; from < candidates.length; from += AT_ONCE) {
    judged.push(
      ...(await Promise.all(
        candidates.slice(from, from + AT_ONCE).map(async (one) => {
          const asked = rerankTexts(
            at(task.queries, one.query).text,
            one.documents.map((place) => at(task.corpus, place)),
          );
          const began = performance.now();
          const scores = await reranker.score(asked.query, asked.texts, signal);
          return { ...one, scores, seconds: (performance.now() - began) / 1000 };
        }),
      )),
    );
    if (Math.floor(judged.length / SAY_EVERY) > Math.floor(from / SAY_EVERY))
      console.error(`reranked ${judged.length}/${candidates.length} questions`);
  }
  const base = evaluateReranked(task, before, judged, RERANK_DEPTH, RERANK_LABELS[0]);
  const own = evaluateReranked(task, after, judged, RERANK_DEPTH, RERANK_LABELS[1]);
  const report = {
    model: reranker.name,
    depth: RERANK_DEPTH,
    latency: rerankLatency(judged),
    baseline: base.metrics,
    tuned: own.metrics,
    comparisons: compareAll(base, own, { task }),
    againstHybrid: compareAll(after, own, { task }),
  };
  return { report, lines: [base, own] };
};

/** What reranking adds, what tuning adds beyond it, and what it costs. */
export const rerankLines = ({ model, depth, latency, comparisons, againstHybrid }: RerankedPipeline): string[] => {
  const sentence = (compared: readonly Comparison[], names: { model: string; reference: string }): string[] => {
    const headline = headlineOf(compared);
    return headline ? [verdictSentence(headline, names)] : [];
  };
  return [
    ...sentence(againstHybrid, { model: `Reranking by ${model}`, reference: "hybrid search with the tuned model" }),
    ...sentence(comparisons, { model: "The tuned model behind the reranker", reference: "the base behind it" }),
    `The first ${depth} of hybrid search were reranked. ${latencySentence(latency)}`,
  ];
};
