import { StudioError } from "../errors.ts";
import { DEPTH, meanMetrics, queryMetrics, type Grading } from "./metrics.ts";
import { rankTopK, type Rankings } from "./rank.ts";
import type { QueryResult, RankedTask, RetrievalEvaluation, RetrievalTask } from "./types.ts";

/** Embeddings of a task, L2-normalized: [queries, dim] and [corpus, dim]. */
export interface TaskEmbeddings {
  task: RetrievalTask;
  queryEmbeddings: Float32Array;
  corpusEmbeddings: Float32Array;
  dim: number;
  label: string;
  onProgress?: (done: number, total: number) => void;
}

/**
 * Ranks the corpus for every query and scores it. Equal scores keep the order of the corpus.
 * Errors: `embeddings-shape`.
 */
export const evaluateRetrieval = (input: TaskEmbeddings): RetrievalEvaluation => {
  const { task, queryEmbeddings, corpusEmbeddings, dim, label, onProgress } = input;
  checkShape("queries", queryEmbeddings.length, task.queries.length, dim);
  checkShape("documents", corpusEmbeddings.length, task.corpus.length, dim);
  const start = performance.now();
  const rankings = rankTopK({ queryEmbeddings, corpusEmbeddings, dim, k: DEPTH, onProgress });
  return evaluateRankings(task, rankings, label, (performance.now() - start) / 1000);
};

const checkShape = (what: string, have: number, rows: number, dim: number): void => {
  if (have === rows * dim) return;
  throw new StudioError(
    "embeddings-shape",
    `There are ${have} numbers for ${rows} ${what} of dimension ${dim}.`,
    "This is a defect in the studio: the model and the task do not belong together.",
  );
};

/** The grades of ranked documents, and the best order there could be. */
const gradingOf = (top: readonly number[], relevant: readonly number[], grades: readonly number[]): Grading => {
  const gradeOf = new Map(relevant.map((document, i) => [document, grades[i] ?? 0]));
  return {
    gains: top.map((document) => gradeOf.get(document) ?? 0),
    ideal: [...gradeOf.values()].sort((a, b) => b - a),
  };
};

/**
 * Scores rankings from any source: plain code, a GPU, BM25. Queries without relevant documents are left out of every
 * mean, as in sentence-transformers.
 *
 * @param seconds time of the ranking, for the report
 */
export const evaluateRankings = (
  task: RankedTask,
  rankings: Rankings,
  label: string,
  seconds: number,
): RetrievalEvaluation => {
  const perQuery: QueryResult[] = [];
  for (const [query, { relevant, grades, component }] of task.queries.entries()) {
    if (relevant.length === 0) continue;
    const wanted = new Set(relevant);
    const top = (rankings.top[query] ?? []).slice(0, DEPTH);
    const hits = top.map((document) => wanted.has(document));
    const first = hits.indexOf(true);
    perQuery.push({
      query,
      bestRank: first < 0 ? null : first + 1,
      top,
      scores: (rankings.scores[query] ?? []).slice(0, DEPTH),
      metrics: queryMetrics(hits, wanted.size, grades && gradingOf(top, relevant, grades)),
      component,
    });
  }
  return {
    label,
    metrics: meanMetrics(perQuery.map((result) => result.metrics)),
    perQuery,
    queries: perQuery.length,
    corpus: task.corpus.length,
    splitHash: task.splitHash,
    taskHash: task.taskHash,
    ...(task.measuredOn && { measuredOn: task.measuredOn }),
    seconds,
  };
};
