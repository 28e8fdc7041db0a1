export { linesLost } from "./badLines.ts";
export { openDoubts } from "./openDoubts.ts";
export { parseBeir } from "./beir/parse.ts";
export { isBeirSet } from "./beir/part.ts";
export { choiceOf, type ColumnChoice } from "./parse/choice.ts";
export { parseCorpus, type ParsedCorpus } from "./parse/parseCorpus.ts";
export { parseDataset, type ParseOptions, type ParseProgress } from "./parse/parseDataset.ts";
export { datasetIdentity, fingerprintDataset } from "./fingerprint.ts";
export { splitDataset, type SplitOptions } from "./split/split.ts";
export { indexTexts, leakingRows } from "./split/textGraph.ts";
export { applyChoices, exportBadLines } from "./doctor/choices.ts";
export { diagnose } from "./doctor/diagnose.ts";
export { lengthTexts } from "./doctor/lengths.ts";
export type { Choice, DoctorReport, Finding, TokenLengths } from "./doctor/types.ts";
export {
  mineHardNegatives,
  miningDepth,
  type NearestDocuments,
} from "./mining/mine.ts";
export { minedLabels, withMinedLabels, type MinedLabels, type MiningSettings, type Suspect } from "./mining/labels.ts";
export { planMining, type MiningPlan } from "./mining/plan.ts";
