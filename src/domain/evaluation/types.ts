import type { MeasuredOn } from "../dataset/origin.ts";

/** The cut-offs of recall, precision and accuracy, as in sentence-transformers' evaluator. */
export const CUTOFFS = [1, 3, 5, 10] as const;

/** Metric names are sentence-transformers' own: `recall@10`, `mrr@10`, `ndcg@10`, `map@100`, `accuracy@1`, `precision@5`. Values are 0…1. */
export type MetricName = `${"accuracy" | "precision" | "recall"}@${1 | 3 | 5 | 10}` | "mrr@10" | "ndcg@10" | "map@100";
export type Metrics = Record<MetricName, number>;

/** What a query's relevant documents are, and where they came out. Indices, never text. */
export interface QueryResult {
  /** Index into the task's queries. */
  query: number;
  /** 1-based rank of the best placed relevant document, null when it is not in the top 100. */
  bestRank: number | null;
  /** Corpus indices, best first, at most 100, with their cosine scores. */
  top: number[];
  scores: number[];
  metrics: Metrics;
  /** Connected component of the query's row, for statistics that must not count one fact twice. */
  component?: number;
}

/** A question, the places of its right documents in the corpus, and the component its rows belong to. */
export interface TaskQuery {
  text: string;
  relevant: number[];
  /** How right each of `relevant` is, above 0, in their order; absent where all are alike. */
  grades?: number[];
  component: number;
}

/** What a column of the data set says of a task's queries. The values are the person's texts: they stay with the task. */
export interface TaskColumn {
  name: string;
  values: string[];
  /** For each query the index of its value, −1 where it has none. */
  of: number[];
}

/** What a set's own files call its queries and documents, for rankings that come and go; a text that stands there twice has both ids. */
export interface TaskIds {
  /** In the order of the queries. */
  queries: string[][];
  /** In the order of the corpus; empty for a document that the set does not name. */
  corpus: string[][];
}

/** A retrieval task: texts stay where they are; relevance is by text, so duplicates are one document. */
export interface RetrievalTask {
  queries: TaskQuery[];
  corpus: string[];
  /** Absent where the data came without ids. */
  ids?: TaskIds;
  /** SHA-256 of the split the queries come from. */
  splitHash: string;
  /** By which its queries can be parted; absent where the file has no such columns. */
  columns?: TaskColumn[];
  /** Absent where the queries are people's own. */
  measuredOn?: MeasuredOn;
  /** SHA-256 over queries, relevance and corpus: two evaluations are comparable only when it is equal. */
  taskHash?: string;
}

/** What scoring rankings reads of a task: how many documents there are, not their texts. */
export type RankedTask = Omit<RetrievalTask, "corpus"> & { corpus: { readonly length: number } };

/** The figures of one model (or BM25) on a task, without the single queries. */
export interface EvaluationSummary {
  /** `baseline`, `tuned`, `bm25`, or a model fingerprint. */
  label: string;
  metrics: Metrics;
  queries: number;
  corpus: number;
  splitHash: string;
  taskHash?: string;
  /** Absent where the queries are people's own. */
  measuredOn?: MeasuredOn;
  /** Read from another system's run file; what ranked is not known. */
  external?: true;
  /** Tokens embedded for it; absent where nothing is embedded (BM25). */
  tokens?: number;
  seconds: number;
}

/** The result of scoring one model (or BM25) on a task. */
export interface RetrievalEvaluation extends EvaluationSummary {
  perQuery: QueryResult[];
}

/** Baseline against tuned for one metric. */
export interface Comparison {
  metric: MetricName;
  baseline: number;
  tuned: number;
  delta: number;
  /** Paired bootstrap 95 % interval of the delta, clustered by component. */
  interval: [number, number];
  /** Two-sided sign-flip test. */
  pValue: number;
  /** The smallest true change this many queries would show with 80 % power. */
  minimumDetectableEffect: number;
  verdict: "improved" | "inconclusive" | "regressed";
  /** Queries that were compared, and independent groups (components) among them. */
  queries?: number;
  groups?: number;
}
