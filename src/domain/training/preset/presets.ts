/**
 * Named starting points for a run, computed from the data, the base and the device. Every value can be changed afterwards. How they were
 * found, and what they reach beside a grid of settings, is told in docs/validation.md.
 */
import type { ModelConfig } from "../../modelConfig.ts";
import { DEFAULT_HYPERPARAMETERS, type Hyperparameters } from "../types.ts";
import { activationWidth, CHUNK_BYTES, chunkBytes, KEPT_ACTIVATION_BYTES } from "../memory.ts";
import { PROMPT_TOKENS, softwarePairsPerSecond, stepPasses } from "./softwareSpeed.ts";

export type PresetName = "fast" | "balanced" | "thorough";

interface Shape {
  title: string;
  about: string;
  /** Optimizer steps that small data is repeated for. */
  steps: number;
  /** Passes over the pairs: at least, and at most. */
  epochs: readonly [number, number];
  rank: number;
  maxTokens: number;
  /** Times the batch that the number of pairs suggests. */
  batches: number;
  /** Seconds of training on a computer without a hardware GPU, as far as they can be held: one pass is always made. */
  softwareSeconds: number;
}

export const PRESETS: Record<PresetName, Shape> = {
  fast: {
    title: "Fast",
    about: "Few steps with a small adapter and short texts. Shows soon whether tuning helps at all.",
    steps: 50,
    epochs: [1, 10],
    rank: 8,
    maxTokens: 128,
    batches: 1,
    softwareSeconds: 55,
  },
  balanced: {
    title: "Balanced",
    about: "As many steps as the data needs and this computer can do. The right choice for most data sets.",
    steps: 100,
    epochs: [3, 20],
    rank: 16,
    maxTokens: 256,
    batches: 1,
    softwareSeconds: 120,
  },
  thorough: {
    title: "Thorough",
    about: "Twice the steps, a larger adapter, more negatives in each batch and longer texts.",
    steps: 200,
    epochs: [6, 20],
    rank: 32,
    maxTokens: 512,
    batches: 2,
    softwareSeconds: 720,
  },
};

/** What a preset depends on beside the base. */
export interface RunSize {
  /** Training pairs; null while there is no split. */
  pairs: number | null;
  /** Documents that a scoring on dev embeds; null while unknown. */
  documents: number | null;
  /** Tokens of a query and its document together, prompt included. */
  tokensPerPair: number;
  /** Without a hardware GPU the passes are planned by time. */
  slow: boolean;
}

/** Before anything is known of the data. */
export const UNKNOWN_SIZE: RunSize = { pairs: null, documents: null, tokensPerPair: 100, slow: false };

/** Tokens of a usual pair, from the lengths that the report on a data set gives. */
export const pairTokens = (lengths: { queries: { median: number }; documents: { median: number } }): number =>
  PROMPT_TOKENS + lengths.queries.median + lengths.documents.median;

export interface PlannedPreset {
  values: Hyperparameters;
  /** Passes that the data alone would have been given, where the slow device cut them; else null. */
  cutFrom: number | null;
}

const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));
const twoDigits = (value: number): number => Number(value.toPrecision(2));

/**
 * Peak learning rate. Narrow models want more: 2e-3 up to a width of 256, 2e-4 at 1,024. At a constant alpha / rank a larger rank moves
 * the weights by more per step, so the rate falls with the root of the rank (16 is the reference).
 */
export const peakRate = (hidden: number, rank: number): number =>
  twoDigits(2e-3 * Math.min(1, (256 / hidden) ** 1.661) * Math.sqrt(16 / rank));

/** Fewer pairs are repeated often, and want half the rate. */
const FEW_PAIRS = 600;
/** Times the peak rate where the device cuts the passes: what is gained early counts more than where it would lead. */
const SHORT_RUN = 1.5;

/**
 * Larger data in larger batches, for more in-batch negatives; very small data in small ones, so that a pass makes steps at all. From 80
 * pairs on 32 are as good as 16 or better, though a run then makes fewer steps (docs/validation.md).
 */
const batchFor = (pairs: number): number => (pairs < 80 ? 16 : pairs < 3_000 ? 32 : pairs < 20_000 ? 64 : 128);

/** Optimizer steps of a run; batches without repeated texts may make a few more. */
export const plannedSteps = (pairs: number, { batchSize, epochs }: Pick<Hyperparameters, "batchSize" | "epochs">) =>
  Math.ceil(pairs / batchSize) * epochs;

/** A document's part of the tokens of a usual pair, the prompt included. */
const DOCUMENT_SHARE = 0.75;

/**
 * Steps between two scorings on dev: together they take about a quarter of the training time (a scoring is one pass over every document, a
 * step {@link stepPasses} over the tokens of its pairs), but no more than 20 and no fewer than 3 are made.
 */
const scoringInterval = (documents: number | null, { batchSize, chunkSize }: Batches, steps: number): number =>
  clamp(
    Math.ceil((4 * DOCUMENT_SHARE * (documents ?? 0)) / (stepPasses(batchSize, chunkSize) * batchSize)),
    Math.ceil(steps / 20),
    Math.ceil(steps / 3),
  );

type Batches = Pick<Hyperparameters, "batchSize" | "chunkSize">;

/** Tokens of a chunk over those of so many median pairs: lengths have a long tail. */
const TAIL = 1.5;

/**
 * A batch in one chunk is best where it fits, since GradCache embeds what it cuts twice. On a graphics card the largest equal parts are taken
 * whose estimated memory is small enough. Without one time is short and memory is not: a batch is one chunk as long as the activations of
 * its usual tokens are kept, which saves a third.
 */
const chunkFor = (
  base: ModelConfig,
  batchSize: number,
  maxTokens: number,
  { slow, tokensPerPair }: RunSize,
): number => {
  if (slow) {
    const kept = batchSize * tokensPerPair * 4 * base.layers * activationWidth(base);
    return kept <= KEPT_ACTIVATION_BYTES ? batchSize : maxTokens > 256 ? 8 : 16;
  }
  let chunk = batchSize;
  while (chunk > 1 && chunkBytes(base, TAIL * tokensPerPair * chunk) > CHUNK_BYTES) chunk = Math.ceil(chunk / 2);
  return chunk;
};

/** The values of a preset for this data on this base. Pure: the page and the command line plan alike. */
export const planPreset = (name: PresetName, base: ModelConfig, size: RunSize): PlannedPreset => {
  const { steps: floor, epochs: bounds, rank, maxTokens, batches, softwareSeconds } = PRESETS[name];
  const pairs = size.pairs ?? 1_000;
  const batchSize = batchFor(pairs) * (pairs < 1_000 ? 1 : batches);
  const wanted = clamp(Math.ceil(floor / Math.ceil(pairs / batchSize)), bounds[0], bounds[1]);
  const chunkSize = chunkFor(base, batchSize, maxTokens, size);
  const affordable = Math.floor(
    (softwareSeconds * softwarePairsPerSecond(base, size.tokensPerPair, stepPasses(batchSize, chunkSize))) / pairs,
  );
  const epochs = size.slow ? clamp(affordable, 1, wanted) : wanted;
  const steps = plannedSteps(pairs, { batchSize, epochs });
  const evaluateEvery = scoringInterval(size.documents, { batchSize, chunkSize }, steps);
  const values: Hyperparameters = {
    ...DEFAULT_HYPERPARAMETERS,
    rank,
    alpha: 2 * rank,
    maxTokens,
    batchSize,
    chunkSize,
    epochs,
    learningRate: twoDigits(
      peakRate(base.hidden, rank) * (pairs < FEW_PAIRS ? 0.5 : 1) * (epochs < wanted ? SHORT_RUN : 1),
    ),
    warmupRatio: twoDigits(clamp(Math.round(steps / 10), Math.min(5, steps / 4), 100) / steps),
    evaluateEvery,
    patience: Math.max(3, Math.ceil((0.3 * steps) / evaluateEvery)),
  };
  return { values, cutFrom: epochs < wanted ? wanted : null };
};
