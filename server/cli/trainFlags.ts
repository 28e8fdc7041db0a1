import { z } from "zod";
import type { Adapter } from "../../src/domain/artifact/index.ts";
import { DEFAULT_BASE } from "../../src/domain/bases.ts";
import { DEFAULT_HYPERPARAMETERS as DEFAULTS, type Hyperparameters } from "../../src/domain/training/types.ts";
import { COLUMN_FLAGS } from "./columnFlags.ts";
import { kinds, readFlags } from "./flags.ts";
import { BASE_HELP } from "./nodeModelFiles.ts";

const FLAGS = {
  pairs: {
    schema: kinds.required("a file of pairs"),
    value: "FILE",
    help: "training pairs: JSONL, JSON, CSV, TSV or Parquet",
  },
  test: { schema: kinds.text, value: "FILE", help: "pairs to score the base and the tuned model on" },
  dev: {
    schema: kinds.text,
    value: "FILE",
    help: "pairs that choose the kept step and end training when they are found no better",
  },
  ...COLUMN_FLAGS,
  base: {
    schema: z.string().default(DEFAULT_BASE.id),
    value: "NAME|DIR",
    help: BASE_HELP,
  },
  out: { schema: kinds.required("a folder to write"), value: "DIR", help: "the artifact folder" },
  "base-id": {
    schema: kinds.modelId,
    value: "OWNER/NAME",
    help: "what the adapter calls its base (default: what the folder of --base shows)",
  },
  adapter: {
    schema: kinds.text,
    value: "DIR",
    help: "PEFT folder to continue from; its rank, alpha, prompt and --max-tokens are kept",
  },
  task: {
    schema: kinds.text,
    value: "TEXT",
    help: "task sentence of the query prompt (default: the prompt of --adapter, else the base's own)",
  },
  epochs: {
    schema: kinds.whole(1, 1000).default(DEFAULTS.epochs),
    value: "N",
    help: `passes over the pairs (${DEFAULTS.epochs})`,
  },
  batch: {
    schema: kinds.whole(2, 65536).default(DEFAULTS.batchSize),
    value: "N",
    help: `pairs a step (${DEFAULTS.batchSize})`,
  },
  chunk: {
    schema: kinds.whole(1, 65536).default(DEFAULTS.chunkSize),
    value: "N",
    help: `pairs embedded at once; memory depends on it, the result does not (${DEFAULTS.chunkSize})`,
  },
  lr: {
    schema: kinds.number(0, 1).default(DEFAULTS.learningRate),
    value: "X",
    help: `peak learning rate (${DEFAULTS.learningRate})`,
  },
  rank: { schema: kinds.whole(1, 1024).default(DEFAULTS.rank), value: "R", help: `LoRA rank (${DEFAULTS.rank})` },
  alpha: {
    schema: kinds.number(0.001, 1e6).default(DEFAULTS.alpha),
    value: "A",
    help: `LoRA alpha (${DEFAULTS.alpha})`,
  },
  warmup: {
    schema: kinds.number(0, 1).default(DEFAULTS.warmupRatio),
    value: "X",
    help: `share of the steps with rising rate (${DEFAULTS.warmupRatio})`,
  },
  "max-tokens": {
    schema: kinds.whole(2, 32768).optional(),
    value: "N",
    help: `longest text in tokens (that of --adapter, else ${DEFAULTS.maxTokens})`,
  },
  seed: {
    schema: kinds.whole(0, 2 ** 32 - 1).default(DEFAULTS.seed),
    value: "S",
    help: `of the initial adapter and the order (${DEFAULTS.seed})`,
  },
  "evaluate-every": {
    schema: kinds.whole(0, 1_000_000).default(DEFAULTS.evaluateEvery),
    value: "N",
    help: "steps between two scorings on --dev; 0 scores at the ends of epochs",
  },
  patience: {
    schema: kinds.whole(0, 1000).default(DEFAULTS.patience),
    value: "N",
    help: `scorings on --dev without a better one that end training; 0 never does (${DEFAULTS.patience})`,
  },
  "no-shuffle": { schema: kinds.switch, help: "batches in file order, known positives not masked" },
  log: {
    schema: kinds.text,
    value: "FILE.jsonl",
    help: "step, loss, gradient norm before clipping, learning rate; one line a step",
  },
  backend: { schema: kinds.backend, value: "NAME", help: "webgpu, wasm or cpu (default: the first that works)" },
};
export type TrainFlags = NonNullable<ReturnType<typeof readTrainFlags>>;

/** Reads the command line of `npm run train`; null after `--help`. @throws UsageError */
export const readTrainFlags = (args: string[]) => readFlags("train", FLAGS, args);

/** A run as the flags and the adapter to continue from say. */
export const hyperparametersOf = (flags: TrainFlags, maxTokens: number, from: Adapter | null): Hyperparameters => ({
  ...DEFAULTS,
  epochs: flags.epochs,
  batchSize: flags.batch,
  chunkSize: Math.min(flags.chunk, flags.batch),
  learningRate: flags.lr,
  rank: from?.rank ?? flags.rank,
  alpha: from?.alpha ?? flags.alpha,
  warmupRatio: flags.warmup,
  maxTokens,
  seed: flags.seed,
  evaluateEvery: flags["evaluate-every"],
  patience: flags.patience,
  shuffle: !flags["no-shuffle"],
  // File order is the plain loss, so that a run can be compared with other stacks step by step.
  maskKnownPositives: !flags["no-shuffle"],
});
