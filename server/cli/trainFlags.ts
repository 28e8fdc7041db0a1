import { z } from "zod";
import type { Adapter } from "../../src/domain/artifact/index.ts";
import type { PresetName } from "../../src/domain/training/preset/presets.ts";
import { DEFAULT_HYPERPARAMETERS as DEFAULTS, type Hyperparameters } from "../../src/domain/training/types.ts";
import { BEIR_VALUE } from "./beirSet.ts";
import { BAD_LINES_FLAG, COLUMN_FLAGS } from "./columnFlags.ts";
import { kinds, readFlags } from "./flags.ts";
import { BASE_FLAG } from "./nodeModelFiles.ts";
import { NO_GENERAL_FLAG } from "./retention.ts";

const PRESET_NAMES = ["fast", "balanced", "thorough"] as const satisfies readonly PresetName[];

const FLAGS = {
  pairs: {
    schema: kinds.text,
    value: "FILE",
    help: "training pairs: JSONL, JSON, CSV, TSV or Parquet (required, unless --beir has a train split)",
  },
  beir: {
    schema: kinds.text,
    value: BEIR_VALUE,
    help: "a BEIR set, folder or .zip: its train, dev and test judgements, each where no file is given",
  },
  test: { schema: kinds.text, value: "FILE", help: "pairs to score the base and the tuned model on" },
  dev: {
    schema: kinds.text,
    value: "FILE",
    help: "pairs that choose the kept step and end training when they are found no better",
  },
  split: {
    schema: z.string().default("auto"),
    value: "SPEC",
    help: "what no file gives is cut from --pairs as the page does: shares of dev and test (0.1,0.2), or none",
  },
  ...BAD_LINES_FLAG,
  ...COLUMN_FLAGS,
  base: BASE_FLAG,
  out: {
    schema: kinds.required("a folder to write"),
    required: true,
    value: "DIR",
    help: "the artifact folder, new or empty",
  },
  replace: { schema: kinds.switch, help: "an adapter that --out holds already gives way when the new one is trained" },
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
  preset: {
    schema: z.enum(PRESET_NAMES, `takes ${PRESET_NAMES.join(", ")}`).default("balanced"),
    value: "NAME",
    help: "fast, balanced or thorough: what is not given is planned by the data (balanced)",
  },
  epochs: { schema: kinds.whole(1, 1000).optional(), value: "N", help: "passes over the pairs (preset)" },
  batch: { schema: kinds.whole(2, 65536).optional(), value: "N", help: "pairs a step (preset)" },
  chunk: {
    schema: kinds.whole(1, 65536).optional(),
    value: "N",
    help: "pairs embedded at once; memory depends on it, the result does not (preset)",
  },
  lr: { schema: kinds.number(0, 1).optional(), value: "X", help: "peak learning rate (preset, by base and rank)" },
  rank: { schema: kinds.whole(1, 1024).optional(), value: "R", help: "LoRA rank (preset)" },
  alpha: { schema: kinds.number(0.001, 1e6).optional(), value: "A", help: "LoRA alpha (twice the rank)" },
  warmup: { schema: kinds.number(0, 1).optional(), value: "X", help: "share of the steps with rising rate (preset)" },
  "max-tokens": {
    schema: kinds.whole(2, 32768).optional(),
    value: "N",
    help: "longest text in tokens (that of --adapter, else the preset's)",
  },
  seed: {
    schema: kinds.whole(0, 2 ** 32 - 1).default(DEFAULTS.seed),
    value: "S",
    help: `of the initial adapter and the order (${DEFAULTS.seed})`,
  },
  "evaluate-every": {
    schema: kinds.whole(0, 1_000_000).optional(),
    value: "N",
    help: "steps between two scorings on dev; 0 scores at the ends of epochs (preset)",
  },
  patience: {
    schema: kinds.whole(0, 1000).optional(),
    value: "N",
    help: "scorings on dev without a better one that end training; 0 never does (preset)",
  },
  distill: {
    schema: kinds.number(0, 1000).optional(),
    value: "W",
    help: "learn from the data's pos_scores and neg_scores too: weight of their divergence beside the loss (0)",
  },
  "distill-temperature": {
    schema: kinds.number(1e-6, 1e6).default(1),
    value: "T",
    help: "the teacher's scores are divided by it before their softmax (1)",
  },
  "mask-margin": {
    schema: kinds.number(-1000, 1000).optional(),
    value: "X",
    help: "documents of a batch within this margin of the right one do not count as wrong, by the teacher or the untuned base (off)",
  },
  "margin-strategy": {
    schema: z.enum(["absolute", "relative"], "takes absolute or relative").default("absolute"),
    value: "NAME",
    help: "absolute: above positive − margin; relative: above positive − |positive| · margin (absolute)",
  },
  precision: {
    schema: z.enum(["f32", "mixed"], "takes f32 or mixed").default("f32"),
    value: "NAME",
    help: "mixed: f16 factors in the forward products, where the device has them and they hold; else float32 with a note (f32)",
  },
  "no-shuffle": { schema: kinds.switch, help: "batches in file order, known positives not masked" },
  "no-general": { schema: kinds.switch, help: NO_GENERAL_FLAG },
  log: {
    schema: kinds.text,
    value: "FILE.jsonl",
    help: "step, loss, gradient norm before clipping, learning rate; one line a step",
  },
  backend: { schema: kinds.backend, value: "NAME", help: "webgpu, wasm or cpu (default: the first that works)" },
};
export type TrainFlags = NonNullable<ReturnType<typeof readTrainFlags>>;

const HELP = {
  about: "Tunes a LoRA adapter on pairs of a question and the document that answers it.",
  examples: [
    "npm run train -- --pairs pairs.jsonl --out tuned/",
    "npm run train -- --pairs train.csv --test test.csv --preset thorough --out tuned/",
    "npm run train -- --pairs public/samples/support.jsonl --preset fast --base qwen3-embedding-tiny --out /tmp/trial",
  ],
};

/** Reads the command line of `npm run train`; null after `--help`. @throws UsageError */
export const readTrainFlags = (args: string[]) => readFlags("train", FLAGS, args, HELP);

/** The preset's values, with what the flags and the adapter to continue from say instead. */
export const hyperparametersOf = (
  flags: TrainFlags,
  preset: Hyperparameters,
  maxTokens: number,
  from: Adapter | null,
): Hyperparameters => {
  const rank = from?.rank ?? flags.rank ?? preset.rank;
  const batchSize = flags.batch ?? preset.batchSize;
  return {
    ...preset,
    epochs: flags.epochs ?? preset.epochs,
    batchSize,
    chunkSize: Math.min(flags.chunk ?? preset.chunkSize, batchSize),
    learningRate: flags.lr ?? preset.learningRate,
    rank,
    alpha: from?.alpha ?? flags.alpha ?? 2 * rank,
    warmupRatio: flags.warmup ?? preset.warmupRatio,
    maxTokens,
    seed: flags.seed,
    evaluateEvery: flags["evaluate-every"] ?? preset.evaluateEvery,
    patience: flags.patience ?? preset.patience,
    shuffle: !flags["no-shuffle"],
    // File order is the plain loss, so that a run can be compared with other stacks step by step.
    maskKnownPositives: !flags["no-shuffle"],
    ...(flags.distill !== undefined &&
      flags.distill > 0 && { distillation: { weight: flags.distill, temperature: flags["distill-temperature"] } }),
    ...(flags.precision === "mixed" && { precision: flags.precision }),
    ...(flags["mask-margin"] !== undefined && {
      falseNegatives: { marginStrategy: flags["margin-strategy"], margin: flags["mask-margin"] },
    }),
  };
};
