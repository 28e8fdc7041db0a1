export { GENERAL_SET, generalSetMissing, generalTask, readGeneralSet } from "./generalSet.ts";
export { keptBaseline } from "./keptBaseline.ts";
export {
  keepsWhatItKnew,
  RETENTION_MARGIN,
  retentionOf,
  retentionSchema,
  retentionScoresSchema,
  scoresOf,
  type Retention,
  type RetentionScores,
} from "./retention.ts";
export { retentionFigures, retentionSentence, retentionVerdict } from "./words.ts";
