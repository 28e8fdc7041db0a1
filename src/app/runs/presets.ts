import { DEFAULT_HYPERPARAMETERS, type Hyperparameters } from "../../domain/training/types.ts";
import type { BaseOffer } from "../device/bases.ts";

/** Named starting points; every field can be changed afterwards. */
export type PresetName = "fast" | "balanced" | "thorough";

export const PRESETS: Record<PresetName, { title: string; about: string; values: Partial<Hyperparameters> }> = {
  fast: {
    title: "Fast",
    about: "One pass with short texts. Shows within minutes whether tuning helps at all.",
    values: { rank: 8, alpha: 16, epochs: 1, batchSize: 32, chunkSize: 16, maxTokens: 128 },
  },
  balanced: {
    title: "Balanced",
    about: "Three passes. The right choice for most data sets.",
    values: {},
  },
  thorough: {
    title: "Thorough",
    about: "Six passes, a larger adapter, more negatives in each batch and longer texts. The best checkpoint is kept.",
    values: { rank: 32, alpha: 64, epochs: 6, batchSize: 128, chunkSize: 8, maxTokens: 512 },
  },
};

/**
 * Steps between two scorings on dev that take about a quarter of the training time: a step costs about four passes over
 * two texts a pair, a scoring one pass over every document.
 */
const scoringInterval = (documents: number, batchSize: number): number =>
  Math.max(5, Math.ceil((3 * documents) / (8 * batchSize)));

/** The values of a preset on a base, before the person's own changes; `documents` are those of the data set. */
export const presetValues = (preset: PresetName, base: BaseOffer, documents: number | null): Hyperparameters => {
  const values = { ...DEFAULT_HYPERPARAMETERS, learningRate: base.learningRate, ...PRESETS[preset].values };
  return documents === null ? values : { ...values, evaluateEvery: scoringInterval(documents, values.batchSize) };
};
