export { evaluateBm25 } from "./bm25.ts";
export {
  byteAdvice,
  type ByteCurve,
  byteCurve,
  byteCurveCsv,
  byteNotes,
  type FormScore,
  millionPassages,
} from "./bytes/curve.ts";
export { asFloat16, asInt8, VECTOR_FORMS, type VectorForm } from "./bytes/forms.ts";
export { rankBinary } from "./bytes/rankBinary.ts";
export { evaluateRankings, evaluateRetrieval } from "./evaluate.ts";
export { evaluateHybrid, HYBRID_LABELS, hybridByQuery } from "./hybrid.ts";
export { GRADED_NOTE, HEADLINE_METRIC, METRIC_NAMES } from "./metrics.ts";
export { dot, rankTopK, truncateAndNormalize, type RankInput, type Rankings } from "./rank.ts";
export { rankTopKByCandidates } from "./rankByCandidates.ts";
export { buildInstructionTask, buildRetrievalTask } from "./task.ts";
export { taskOfFile } from "./taskOfFile.ts";
export { withIds } from "./taskIds.ts";
export { bootstrapInterval } from "./statistics/bootstrap.ts";
export { clusteredError } from "./statistics/clustered.ts";
export { assertComparable, compareAll, headlineOf } from "./statistics/compare.ts";
export { detectableChange } from "./statistics/detectable.ts";
export { ownIntervals, RECALLS } from "./statistics/own.ts";
export { besideWordsSentence } from "./statistics/beside.ts";
export { mixingSentence } from "./statistics/mixing.ts";
export { ceilingNote, isUnchanged, VERDICT_WORDS, verdictSentence } from "./statistics/verdict.ts";
export { byWeight, countChanges, crossingSentence, rankChanges, type RankChange } from "./changes.ts";
export { changesCsv, metricsCsv, metricsJson } from "./exports/tables.ts";
export { readTrecRun, type ExternalRun } from "./external/readRun.ts";
export { trecQrels, trecRun, trecTexts } from "./exports/trec.ts";
export { columnSlices, evaluationOf, LEAST_QUERIES, SLICES_NOTE, slicesOf, type Slice } from "./slices.ts";
export {
  evaluateReranked,
  latencySentence,
  RERANK_LABELS,
  rerankCandidates,
  rerankLatency,
  rerankTexts,
  type RerankCandidates,
  type Reranked,
  type RerankLatency,
  type RerankScores,
} from "./rerank.ts";
export { bestPoint, judgeInstruction, matryoshkaDims, STRENGTHS, type InstructionResult } from "./sweeps.ts";
