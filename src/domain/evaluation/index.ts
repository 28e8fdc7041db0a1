export { BM25_PARAMETERS, evaluateBm25, rankBm25 } from "./bm25.ts";
export { evaluateRankings, evaluateRetrieval, type TaskEmbeddings } from "./evaluate.ts";
export { DEPTH, meanMetrics, METRIC_NAMES, queryMetrics } from "./metrics.ts";
export { rankTopK, tieRanks, truncateAndNormalise, type RankInput, type Rankings } from "./rank.ts";
export { buildRetrievalTask, type TaskOptions } from "./task.ts";
