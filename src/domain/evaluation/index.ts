export { BM25_PARAMETERS, evaluateBm25, rankBm25 } from "./bm25.ts";
export { evaluateRankings, evaluateRetrieval, type TaskEmbeddings } from "./evaluate.ts";
export { DEPTH, meanMetrics, METRIC_NAMES, queryMetrics } from "./metrics.ts";
export { dot, rankTopK, tieRanks, truncateAndNormalise, type RankInput, type Rankings } from "./rank.ts";
export { rankTopKByCandidates, type CandidateFinder } from "./rankByCandidates.ts";
export { buildRetrievalTask, type TaskOptions } from "./task.ts";
export { bootstrapInterval, RESAMPLES } from "./statistics/bootstrap.ts";
export { clusteredError } from "./statistics/clustered.ts";
export { assertComparable, compare, compareAll, HEADLINE_METRICS, type CompareOptions } from "./statistics/compare.ts";
export { minimumDetectableEffect, plannedDetectableEffect } from "./statistics/detectable.ts";
export { PERMUTATIONS, signFlipTest } from "./statistics/signFlip.ts";
export { METRIC_WORDS, verdictSentence } from "./statistics/verdict.ts";
export { countChanges, rankChanges, type RankChange } from "./changes.ts";
export { changesCsv, metricsCsv, metricsJson } from "./exports/tables.ts";
export { trecQrels, trecRun, trecTexts } from "./exports/trec.ts";
export {
  bestPoint,
  judgeInstruction,
  matryoshkaDims,
  STRENGTHS,
  sweepDimensions,
  sweepStrengths,
  type DimensionPoint,
  type InstructionResult,
  type StrengthPoint,
} from "./sweeps.ts";
