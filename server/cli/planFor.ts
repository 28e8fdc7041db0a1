import type { DoctorReport } from "../../src/domain/dataset/index.ts";
import {
  pairTokens,
  planPreset,
  type PlannedPreset,
  type PresetName,
} from "../../src/domain/training/preset/presets.ts";
import { littleDataSentence, presetSentence, settingsSentence } from "../../src/domain/training/preset/words.ts";
import type { Hyperparameters } from "../../src/domain/training/types.ts";
import type { LoadedBase } from "../../src/engine/index.ts";
import type { Sides } from "./sides.ts";

/** A preset for the data at hand, what it was planned from, and what the data is too little for. */
export interface CliPlan extends PlannedPreset {
  pairs: number;
  /** Null when there is enough. */
  little: string | null;
}

/** Plans as the page does: by the training rows, the report on the file, and the device. */
export const planFor = (name: PresetName, base: LoadedBase, sides: Sides, report: DoctorReport): CliPlan => {
  const pairs = sides.rows.train;
  const size = {
    pairs,
    documents: report.distinctDocuments,
    tokensPerPair: pairTokens(report.lengths),
    slow: base.session.device.slow,
  };
  return { ...planPreset(name, base.config, size), pairs, little: littleDataSentence(pairs, report.detectableEffect) };
};

/** What the preset, or the flags in its place, mean for the data; and whether that can show a gain. */
export const wordsOf = (name: PresetName, plan: CliPlan, values: Hyperparameters): string[] => {
  const { epochs, batchSize, learningRate, warmupRatio, evaluateEvery, patience } = plan.values;
  const kept =
    values.epochs === epochs &&
    values.batchSize === batchSize &&
    values.learningRate === learningRate &&
    values.warmupRatio === warmupRatio &&
    values.evaluateEvery === evaluateEvery &&
    values.patience === patience;
  return [
    kept ? `Preset ${name}: ${presetSentence(name, plan.pairs, plan)}` : settingsSentence(plan.pairs, values),
    ...(plan.little === null ? [] : [plan.little]),
  ];
};
