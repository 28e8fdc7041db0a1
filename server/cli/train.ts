/** `npm run train`: the studio's engine without the studio. Writes the same artifact folder. */
import { randomUUID } from "node:crypto";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { z } from "zod";
import type { Adapter } from "../../src/domain/artifact/index.ts";
import { datasetIdentity } from "../../src/domain/dataset/index.ts";
import { compareAll } from "../../src/domain/evaluation/index.ts";
import type { RetrievalTask } from "../../src/domain/evaluation/types.ts";
import type { Hyperparameters, StepReport } from "../../src/domain/training/types.ts";
import { DEFAULT_HYPERPARAMETERS as DEFAULTS } from "../../src/domain/training/types.ts";
import {
  exportArtifact,
  loadBase,
  rehearseExport,
  RunControl,
  runTraining,
  type ExportOptions,
  type RunResult,
} from "../../src/engine/index.ts";
import { PROJECT_ROOT } from "../lib/project.ts";
import { commitOf } from "../setup/commit.mjs";
import { openAdapter, readingOf } from "./adapterFolder.ts";
import { openNamedBase } from "./baseIdentity.ts";
import { openCliDevice } from "./device.ts";
import { kinds, readFlags } from "./flags.ts";
import { metricLines } from "./metricTable.ts";
import { openFile } from "./nodeModelFiles.ts";
import { checkOut, checkSpace, prepareOut, writeOut } from "./outFolder.ts";
import { examplesOf, readPairs, taskOf, warnOfLeak } from "./pairs.ts";
import { report, UsageError } from "./problems.ts";
import { progress } from "./progress.ts";

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
  base: {
    schema: z.string().default("qwen3-embedding-tiny"),
    value: "NAME|DIR",
    help: "bundled base, or a folder of the Qwen3-Embedding layout",
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
    help: "steps between two scorings on --dev beside those at the ends of epochs (none)",
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
type Flags = NonNullable<ReturnType<typeof parse>>;
const parse = (args: string[]) => readFlags("train", FLAGS, args);

const hyperparametersOf = (flags: Flags, maxTokens: number, from: Adapter | null): Hyperparameters => ({
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

/** One line a step. @throws UsageError when the file cannot be written */
const openLog = (path: string | undefined): ((step: StepReport) => void) => {
  if (path === undefined) return () => undefined;
  const file = resolve(path);
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, "");
  } catch (error) {
    throw new UsageError("usage", `--log: ${path} cannot be written (${(error as Error).message}).`, "Check the path.");
  }
  return ({ step, epoch, loss, gradNorm, learningRate, pairsPerSecond, tokensPerSecond }) =>
    appendFileSync(
      file,
      `${JSON.stringify({ step, epoch, loss, grad_norm: gradNorm, learning_rate: learningRate, pairs_per_second: pairsPerSecond, tokens_per_second: tokensPerSecond })}\n`,
    );
};

const main = async (args: string[]): Promise<number> => {
  const flags = parse(args);
  if (!flags) return 0;
  const out = checkOut(flags.out, flags.log);
  const baseFiles = await openNamedBase(flags.base, flags["base-id"]);
  const pairs = await readPairs("pairs", openFile("pairs", flags.pairs));
  const test = flags.test === undefined ? null : await readPairs("test", openFile("test", flags.test));
  const dev = flags.dev === undefined ? null : await readPairs("dev", openFile("dev", flags.dev));
  if (test) warnOfLeak(pairs, test, "test");
  if (dev) warnOfLeak(pairs, dev, "dev");
  if (dev && test) warnOfLeak(dev, test, "test");
  const folder = flags.adapter === undefined ? null : await openAdapter(flags.adapter);
  prepareOut(out);
  const log = openLog(flags.log);
  const examples = examplesOf(pairs);
  const task = test && taskOf(test);

  const base = await loadBase(await openCliDevice(flags.backend), baseFiles);
  const startFrom = folder && (await folder.read(base.config));
  const { prompts, instruction, maxTokens, said } = readingOf(base.prompts, folder, {
    task: flags.task,
    maxTokens: flags["max-tokens"],
  });
  for (const line of said) console.error(line);
  const hyperparameters = hyperparametersOf(flags, maxTokens, startFrom);
  const record = {
    name: basename(out),
    runId: randomUUID(),
    createdAt: new Date().toISOString(),
    prompts,
    instruction,
    dataset: datasetIdentity(pairs.fileName, pairs.rows, { instruction, corpus: pairs.corpus }),
    split: {
      hash: task?.splitHash ?? "",
      train: pairs.rows.length,
      dev: dev?.rows.length ?? 0,
      test: test?.rows.length ?? 0,
    },
    hyperparameters,
    commit: commitOf(PROJECT_ROOT),
  };
  checkSpace(out, await rehearseExport(base, startFrom, record));
  const control = new RunControl();
  process.once("SIGINT", () => {
    console.error("\nStopping after this step; press again to give up.");
    control.stop();
  });
  const result = await runTraining(
    base,
    {
      examples,
      dev: dev && taskOf(dev),
      test: task,
      hyperparameters,
      instruction,
      prompts,
      resumeFrom: null,
      startFrom,
    },
    control,
    progress(log),
  );

  const files = await exportArtifact(base, result.adapter, {
    ...record,
    training: {
      steps: result.stepsDone,
      bestStep: result.bestStep,
      seconds: result.seconds,
      finished: result.finished,
    },
    selfTest: result.selfTest,
    evaluation: evaluationOf(result, task),
  });
  console.log(summary(result, writeOut(out, files)));
  return 0;
};

/** The scores with their components, as the artifact records them. */
const evaluationOf = ({ baseline, tuned }: RunResult, task: RetrievalTask | null): ExportOptions["evaluation"] =>
  baseline && tuned && task
    ? {
        baseline,
        tuned,
        comparisons: compareAll(baseline, tuned),
        components: task.queries.map(({ component }) => component),
      }
    : null;

const summary = (result: RunResult, out: string): string =>
  [
    `${result.stepsDone} steps in ${result.seconds.toFixed(1)} s${result.finished ? "" : " (stopped by hand)"}${result.bestStep < result.stepsDone ? `; the weights of step ${result.bestStep} are kept` : ""}`,
    ...(result.baseline && result.tuned
      ? metricLines({ baseline: result.baseline.metrics, tuned: result.tuned.metrics })
      : ["No --test file was given, so nothing was scored."]),
    `Written to ${out}`,
  ].join("\n");

main(process.argv.slice(2)).then(
  // Dawn keeps the process alive; everything is written by now.
  (code) => process.exit(code),
  (thrown: unknown) => process.exit(report(thrown)),
);
