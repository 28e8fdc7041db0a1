export { recogniseDialect, named as dialectFromColumns } from "./parse/dialect.ts";
export { LIMITS as PARSE_LIMITS } from "./parse/limits.ts";
export { parseCorpus, type ParsedCorpus } from "./parse/parseCorpus.ts";
export { parseDataset, type ParseOptions, type ParseProgress } from "./parse/parseDataset.ts";
export type { ByteSource } from "./parse/source.ts";
export { datasetIdentity, fingerprintDataset, type IdentityOptions } from "./fingerprint.ts";
export { MIN_PAIRS, splitDataset, type SplitOptions } from "./split/split.ts";
export { indexTexts, leakingRows, rowComponents, type GraphOptions, type TextIndex } from "./split/textGraph.ts";
export { applyChoices, chosenChoices, exportBadLines, undecided, type AppliedChoices } from "./doctor/choices.ts";
export { diagnose, type DiagnoseOptions } from "./doctor/diagnose.ts";
export { estimateTokens, lengthTexts } from "./doctor/lengths.ts";
export type {
  Choice,
  DoctorReport,
  Effect,
  Finding,
  FindingCode,
  LanguageShare,
  LengthSummary,
  Severity,
  TokenLengths,
} from "./doctor/types.ts";
export {
  mineHardNegatives,
  miningDepth,
  MINING_DEFAULTS,
  type MinedQuery,
  type MiningEmbeddings,
  type MiningOptions,
  type Scored,
} from "./mining/mine.ts";
export {
  toNTuples,
  toTriplets,
  withMinedNegatives,
  type MinedExample,
  type SuspectDecision,
} from "./mining/outputs.ts";
export {
  MAX_SUSPECTS,
  minedLabels,
  withMinedLabels,
  type MinedLabels,
  type MiningSettings,
  type Suspect,
} from "./mining/labels.ts";
export { planMining, type MiningPlan } from "./mining/plan.ts";
