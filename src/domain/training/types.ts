import type { Metrics, EvaluationSummary } from "../evaluation/types.ts";

/** Which documents of a batch are too near to a query to count as wrong; as in CachedGISTEmbedLoss of sentence-transformers. */
export interface FalseNegativeRule {
  /** Left out above `positive − margin`, or above `positive − |positive| · margin`. */
  marginStrategy: "absolute" | "relative";
  margin: number;
}

/** How much is learnt from a teacher's scores beside the labels; as FlagEmbedding's `kl_div`, whose weight is 1. */
export interface DistillationRule {
  weight: number;
  /** The teacher's scores are divided by it before their softmax; 1 takes them as logits. */
  temperature: number;
}

/** What the steps of training compute in. `mixed`: the forward products with the base's weights have f16 factors, all else is float32. */
export type Precision = "f32" | "mixed";

/** Names follow PEFT, transformers and sentence-transformers. */
export interface Hyperparameters {
  rank: number;
  alpha: number;
  learningRate: number;
  epochs: number;
  /** Pairs a step; every other document of the batch is an in-batch negative. */
  batchSize: number;
  /** Pairs embedded at once; memory depends on this, the result does not (GradCache). */
  chunkSize: number;
  /** Share of the steps with rising learning rate. */
  warmupRatio: number;
  weightDecay: number;
  maxGradNorm: number;
  /** MultipleNegativesRankingLoss scale, 1 / temperature. */
  scale: number;
  maxTokens: number;
  seed: number;
  /** Batches in file order, without shuffling or duplicate avoidance. */
  shuffle: boolean;
  /** Mask in-batch documents that are known positives of the query. Plain MNRL is `false`. */
  maskKnownPositives: boolean;
  /** Absent: every other document of the batch counts as wrong, but for known positives. */
  falseNegatives?: FalseNegativeRule;
  /** Absent: teacher scores of the data are not used. */
  distillation?: DistillationRule;
  /** Absent: f32. Where `mixed` does not hold on the device, training is in float32 and says so. */
  precision?: Precision;
  /** Empty: full dimension only. Otherwise the Matryoshka dimensions whose losses are summed. */
  matryoshkaDims: number[];
  /** Steps between evaluations on dev, which is scored after the last step as well; 0 scores at the ends of epochs. */
  evaluateEvery: number;
  /** Scorings on dev without a better one, those of the warm-up not counted, after which training ends early; 0 goes on to the last step. */
  patience: number;
}

export const DEFAULT_HYPERPARAMETERS: Hyperparameters = {
  rank: 16,
  alpha: 32,
  learningRate: 2e-4,
  epochs: 3,
  batchSize: 64,
  chunkSize: 16,
  warmupRatio: 0.1,
  weightDecay: 0.01,
  maxGradNorm: 1,
  scale: 20,
  maxTokens: 256,
  seed: 42,
  shuffle: true,
  maskKnownPositives: true,
  matryoshkaDims: [],
  evaluateEvery: 0,
  patience: 3,
};

/** One optimizer step, as charts and logs see it. */
export interface StepReport {
  /** 1-based optimizer step; `totalSteps` of them make a run. */
  step: number;
  totalSteps: number;
  epoch: number;
  loss: number;
  /** Norm of the gradient before clipping. */
  gradNorm: number;
  learningRate: number;
  /** Mean cosine of a query with its positive, and with the other documents of the batch. */
  positiveSimilarity: number;
  negativeSimilarity: number;
  /** Mean norm of the embeddings before normalization. */
  embeddingNorm: number;
  /** Tokens of this step, prompts included. */
  tokens?: number;
  pairsPerSecond: number;
  tokensPerSecond: number;
  etaSeconds: number;
  /** GPU (or tfjs) bytes in use. */
  bytes: number;
}

/** What a few steps of a run took that was not kept. */
export interface DryRun {
  /** The whole run as it is laid out before its start: optimizer steps, pairs over all of them, scorings on dev from step 0 on. */
  plan: { steps: number; pairs: number; devScorings: number };
  /** Steps that were timed: three after one to warm up, or the first alone where it takes long. */
  steps: number;
  secondsPerStep: number;
  pairsPerSecond: number;
  /** Documents of the test's corpus embedded a second. */
  textsPerSecond: number;
  /** Device bytes in use at the end; buffers are pooled and do not shrink, so this is the peak. */
  bytes: number;
}

/** A dev-set score during the run; `step` 0 is the baseline. */
export interface DevScore {
  step: number;
  metrics: Metrics;
  best: boolean;
  /** Where the best right document of a few dev queries stands, the same ones at every score; absent in older records. */
  watched?: WatchedRank[];
}

/** A dev query that is followed through a run. */
export interface WatchedRank {
  /** Index into the dev task's queries. */
  query: number;
  /** 1-based; null beyond the first 100. */
  rank: number | null;
}

/** Training ended before its last step because dev got no better. */
export interface EarlyStop {
  step: number;
  totalSteps: number;
  /** The step with the best score on dev, whose weights are kept. */
  bestStep: number;
  patience: number;
}

/** The parts of a run, in order. */
export type Stage = "self-test" | "tokenize" | "baseline" | "train" | "evaluate" | "export";

/** What happens during a run, in order. */
export type RunEvent =
  | {
      type: "stage";
      stage: Stage;
      done: number;
      total: number;
      etaSeconds: number | null;
    }
  | { type: "device"; device: DeviceReport }
  | { type: "baseline"; evaluation: EvaluationSummary }
  | { type: "step"; report: StepReport }
  | { type: "dev"; score: DevScore }
  | { type: "early-stop"; stop: EarlyStop }
  | { type: "warning"; code: string; message: string; hint: string }
  | { type: "paused" }
  | { type: "resumed" };

/** The device the engine runs on. */
export interface DeviceReport {
  /** tfjs backend. */
  backend: "webgpu" | "wasm" | "cpu";
  /** Adapter as the driver names it: vendor, architecture, description. */
  adapter: string;
  features: { shaderF16: boolean; subgroups: boolean; timestampQuery: boolean };
  maxBufferBytes: number;
  maxBindingBytes: number;
  /** Whether this is a software adapter or a CPU fallback, which the studio calls slow. */
  slow: boolean;
  /** The forms of our own kernels that run, linear with few, some and many tokens; and those left out, with why. */
  kernels?: {
    linear: string;
    attention: string;
    reduce: string;
    /** The forms of the forward products in mixed precision; absent where it is not offered. */
    mixed?: string;
    refused: string[];
  };
}

/** Small parity check on the person's own device, before training. */
export interface SelfTestReport {
  passed: boolean;
  seconds: number;
  checks: { name: string; passed: boolean; error: number; tolerance: number }[];
}
