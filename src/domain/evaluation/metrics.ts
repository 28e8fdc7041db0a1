import { CUTOFFS, type MetricName, type Metrics } from "./types.ts";

/** Every metric in the order in which sentence-transformers prints them. */
export const METRIC_NAMES: readonly MetricName[] = [
  ...CUTOFFS.map((k) => `accuracy@${k}` as const),
  ...CUTOFFS.map((k) => `precision@${k}` as const),
  ...CUTOFFS.map((k) => `recall@${k}` as const),
  "ndcg@10",
  "mrr@10",
  "map@100",
];

/** The metric by which verdicts, the promotion gate and sweeps judge. */
export const HEADLINE_METRIC = "recall@10" satisfies MetricName;

/** Said beside NDCG where right documents are graded. */
export const GRADED_NOTE =
  "Right documents are graded: NDCG counts each by its grade (linear gain, as trec_eval); the other figures count all of them alike.";

/** Documents that are looked at: MAP@100 reaches furthest. */
export const DEPTH = 100;

const discount = (rank: number): number => 1 / Math.log2(rank + 1);

/** How people graded the documents of one query. */
export interface Grading {
  /** For each rank from the best on, the grade of the document; 0 where it is not relevant. */
  gains: readonly number[];
  /** Grades of all relevant documents, the best first. */
  ideal: readonly number[];
}

/**
 * Metrics of one query with the definitions of sentence-transformers' InformationRetrievalEvaluator: precision divides by k
 * even when the corpus is smaller, recall by all relevant documents, MAP by at most 100 of them, and the ideal DCG uses at
 * most 10. The gain of NDCG is the grade itself, as trec_eval and pytrec_eval have it (`ndcg_cut`; not 2^grade − 1);
 * without grades every relevant document has gain 1. Everything else counts any grade above 0 alike.
 *
 * @param hits for each rank from the best on (at most 100), whether the document is relevant
 * @param relevant number of relevant documents, at least 1, including any that are not in the corpus
 */
export const queryMetrics = (hits: readonly boolean[], relevant: number, grading?: Grading): Metrics => {
  const metrics = {} as Metrics;
  for (const k of CUTOFFS) {
    const found = count(hits, k);
    metrics[`accuracy@${k}`] = found > 0 ? 1 : 0;
    metrics[`precision@${k}`] = found / k;
    metrics[`recall@${k}`] = found / relevant;
  }
  const first = hits.indexOf(true);
  metrics["mrr@10"] = first >= 0 && first < 10 ? 1 / (first + 1) : 0;
  let dcg = 0;
  let ideal = 0;
  for (let rank = 1; rank <= 10; rank++) {
    if (hits[rank - 1]) dcg += (grading ? (grading.gains[rank - 1] ?? 0) : 1) * discount(rank);
    if (rank <= relevant) ideal += (grading ? (grading.ideal[rank - 1] ?? 0) : 1) * discount(rank);
  }
  metrics["ndcg@10"] = dcg / ideal;
  let found = 0;
  let precisions = 0;
  for (let rank = 1; rank <= Math.min(DEPTH, hits.length); rank++) if (hits[rank - 1]) precisions += ++found / rank;
  metrics["map@100"] = precisions / Math.min(DEPTH, relevant);
  return metrics;
};

const count = (hits: readonly boolean[], k: number): number => {
  let found = 0;
  for (let i = 0; i < Math.min(k, hits.length); i++) if (hits[i]) found++;
  return found;
};

/** Mean over queries; all zero for none, because a chart has to draw something it can call empty. */
export const meanMetrics = (perQuery: readonly Metrics[]): Metrics => {
  const mean = (name: MetricName): number =>
    perQuery.length === 0 ? 0 : perQuery.reduce((sum, metrics) => sum + metrics[name], 0) / perQuery.length;
  return Object.fromEntries(METRIC_NAMES.map((name) => [name, mean(name)])) as Metrics;
};
