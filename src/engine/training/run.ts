import { summaryOf } from "../../domain/run/series.ts";
import type { Adapter } from "../../domain/artifact/index.ts";
import type { TrainingExample } from "../../domain/dataset/types.ts";
import type { EmbeddingCache } from "../../domain/embeddingCache.ts";
import type { RetrievalEvaluation, RetrievalTask } from "../../domain/evaluation/types.ts";
import { promptsFor, type Prompts } from "../../domain/text/prompts.ts";
import type { Hyperparameters, Precision, RunEvent, SelfTestReport, Stage } from "../../domain/training/types.ts";
import { yieldToEventLoop } from "../../domain/yieldToEventLoop.ts";
import { embedCachedSequences } from "../embed/embedCached.ts";
import { embedSequences } from "../embed/embedder.ts";
import { evaluateModel } from "../embed/evaluate.ts";
import { memoryEmbeddings } from "../embed/memoryEmbeddings.ts";
import type { LoadedBase } from "../model/base.ts";
import { LoraAdapter } from "../model/lora.ts";
import { assertSelfTest, selfTest } from "../selfTest/selfTest.ts";
import type { RunControl } from "./control.ts";
import { earlyStop, scoreDev } from "./devScore.ts";
import { tokenizeExamples, type TokenizedExamples } from "./examples.ts";
import type { Guide } from "./marginMask.ts";
import { trainedModel } from "./precision.ts";
import { trainToTheEnd } from "./steps.ts";
import { assertTaught } from "./teacherTargets.ts";
import { Throughput } from "./throughput.ts";
import { Trainer } from "./trainer.ts";
import { watchQueries } from "./watch.ts";

export interface RunRequest {
  examples: readonly TrainingExample[];
  /** Scored during the run; chooses the kept step, and ends the run when it gets no better (`patience`). */
  dev: RetrievalTask | null;
  /** Scored once with the base before, and once tuned after training. */
  test: RetrievalTask | null;
  hyperparameters: Hyperparameters;
  /** The task sentence; null keeps the base's query prompt. */
  instruction: string | null;
  /** Prompts in place of the base's with the task sentence: those of the adapter that training goes on from. */
  prompts?: Prompts | null;
  /** A checkpoint of the same run. */
  resumeFrom: Uint8Array | null;
  /** An adapter to start from instead of a fresh one; its rank and alpha win over the hyperparameters. */
  startFrom?: Adapter | null;
  /** The self-test's report on this device, which may have been made before; without it, the test is run. */
  testDevice?: () => Promise<SelfTestReport>;
  /** Keeps the base's embeddings, so that the next run on the same texts has its baseline at once. */
  cache?: EmbeddingCache | null;
}

export interface RunResult {
  adapter: LoraAdapter;
  prompts: Prompts;
  /** Whether the run came to its own end: the last step, or dev's patience. Else it was stopped or diverged. */
  finished: boolean;
  stepsDone: number;
  /** The step whose weights the adapter holds. */
  bestStep: number;
  baseline: RetrievalEvaluation | null;
  tuned: RetrievalEvaluation | null;
  seconds: number;
  selfTest: SelfTestReport;
  /** Pairs that were embedded at once in the end: fewer than the settings say where memory ran out. */
  chunkPairs: number;
  /** What the steps computed in. */
  precision: Precision;
  /** State after the last step, to continue from. */
  checkpoint: Uint8Array;
}

/**
 * A whole run: self-test, tokens, baseline, training with dev scores, tuned scores. Stopping keeps the tuned weights; a
 * run that diverges ends with a warning and the last good weights. On any other error the adapter is freed.
 *
 * @throws StudioError `self-test-failed`, `run-stopped` (before the first step), device errors, and what its parts throw
 */
export const runTraining = async (
  base: LoadedBase,
  request: RunRequest,
  control: RunControl,
  onEvent: (event: RunEvent) => void,
): Promise<RunResult> => {
  const start = performance.now();
  const { session, tokenizer } = base;
  const settings = request.startFrom
    ? { ...request.hyperparameters, rank: request.startFrom.rank, alpha: request.startFrom.alpha }
    : request.hyperparameters;
  const prompts = request.prompts ?? promptsFor(base.prompts, request.instruction);
  const maxTokens = Math.min(settings.maxTokens, base.config.maxPositions);
  const stage =
    (name: Exclude<Stage, "export">, throughput = new Throughput()) =>
    (done: number, total: number): void =>
      onEvent({ type: "stage", stage: name, done, total, etaSeconds: throughput.eta(done, total) });
  const score = (
    adapter: LoraAdapter | null,
    task: RetrievalTask,
    cache: EmbeddingCache | null,
    onProgress?: (done: number, total: number) => void,
  ) => {
    const [label, signal, identity] =
      adapter === null ? ["baseline", control.beforeFirstStep, null] : ["tuned", undefined, "this step"];
    const cached = cache && { cache, identity };
    return evaluateModel(base, adapter, task, { label, prompts, maxTokens, onProgress, signal, cached });
  };

  onEvent({ type: "device", device: session.device });
  stage("self-test")(0, 1);
  const report = await (request.testDevice?.() ?? selfTest(session, base));
  assertSelfTest(report);
  stage("self-test")(1, 1);

  const baseCache = request.cache ?? null;
  const tokenized = stage("tokenize");
  const examples = await tokenizeExamples(request.examples, tokenizer, prompts, maxTokens, async (done, total) => {
    tokenized(done, total);
    await yieldToEventLoop();
  });
  if (settings.distillation) assertTaught(examples.rows);
  warnOfTruncation(examples.truncated, examples.sequences.length, maxTokens, onEvent);
  const baseline = request.test && (await score(null, request.test, baseCache, stage("baseline")));
  // The line to beat; its single queries go with the outcome, once.
  if (baseline) onEvent({ type: "baseline", evaluation: summaryOf(baseline) });
  control.beforeFirstStep.throwIfAborted();

  const guide = settings.falseNegatives
    ? await guideOf(base, examples, baseCache, stage("baseline"), control.beforeFirstStep)
    : null;
  const trained = await trainedModel(base, settings.precision);
  if (trained.off) onEvent({ type: "warning", ...trained.off });
  const adapter = startAdapter(base, settings, request.startFrom ?? null);
  try {
    const trainer = new Trainer(trained.model, adapter, examples, settings, { guide });
    trainer.onChunksHalved = (pairs, step) => onEvent(chunksHalved(pairs, step));
    if (request.resumeFrom) trainer.restore(request.resumeFrom);
    const { dev } = request;
    const watch = watchQueries();
    let keptStep: EmbeddingCache | null = null;
    const scoreNow =
      dev &&
      (async (step: number) => {
        const ofStep = memoryEmbeddings();
        const scored = () => (step === 0 ? score(null, dev, baseCache) : score(adapter, dev, ofStep));
        await scoreDev(trainer, adapter, step, scored, watch, onEvent);
        if (trainer.best?.step === step) keptStep = ofStep;
      });
    await scoreNow?.(0);
    await trainToTheEnd(base, trainer, settings, control, scoreNow, onEvent);
    const early = earlyStop(trainer, settings);
    if (early) onEvent({ type: "early-stop", stop: early });
    if (trainer.stepsDone === 0) control.beforeFirstStep.throwIfAborted();
    const checkpoint = await trainer.checkpoint();
    const bestStep = trainer.best?.step ?? trainer.stepsDone;
    if (trainer.best) adapter.store.write(trainer.best.values);
    const tuned = request.test && (await score(adapter, request.test, keptStep, stage("evaluate")));
    await control.serve(async () => checkpoint);
    return {
      adapter,
      prompts,
      finished: trainer.finished || early !== null,
      stepsDone: trainer.stepsDone,
      bestStep,
      baseline,
      tuned,
      seconds: (performance.now() - start) / 1000,
      selfTest: trained.checks.length === 0 ? report : { ...report, checks: [...report.checks, ...trained.checks] },
      chunkPairs: trainer.chunkPairs,
      precision: trained.precision,
      checkpoint,
    };
  } catch (error) {
    adapter.dispose();
    control.fail(error);
    throw error;
  } finally {
    trained.dispose();
  }
};

/** What the base itself makes of all texts: where the run starts, it tells false negatives. */
const guideOf = (
  base: LoadedBase,
  { sequences }: TokenizedExamples,
  cache: EmbeddingCache | null,
  onProgress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<Guide> =>
  cache
    ? embedCachedSequences(base, { adapter: null, identity: null }, sequences, cache, { onProgress, signal })
    : embedSequences(base.model, null, sequences, { onProgress, signal });

const chunksHalved = (pairs: number, step: number): RunEvent => ({
  type: "warning",
  code: "chunks-halved",
  message: `Memory ran out at step ${step}. Training went on at once with ${pairs} ${pairs === 1 ? "pair" : "pairs"} on the device at a time, which is slower and gives the same result.`,
  hint: `Take a chunk size of ${pairs} for the next run on this computer, or close other programs that use the GPU.`,
});

const startAdapter = (base: LoadedBase, { rank, alpha, seed }: Hyperparameters, from: Adapter | null): LoraAdapter =>
  from
    ? LoraAdapter.from(base.session.kernels, base.config, from)
    : LoraAdapter.create(base.session.kernels, base.config, { rank, alpha, seed });

const warnOfTruncation = (
  truncated: number,
  texts: number,
  maxTokens: number,
  onEvent: (event: RunEvent) => void,
): void => {
  if (truncated === 0) return;
  onEvent({
    type: "warning",
    code: "texts-truncated",
    message: `${truncated} of ${texts} texts are longer than ${maxTokens} tokens; their ends are not read.`,
    hint: "Raise the limit of tokens, or cut the documents into passages.",
  });
};
