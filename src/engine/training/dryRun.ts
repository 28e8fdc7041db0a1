import type { TrainingExample } from "../../domain/dataset/types.ts";
import { StudioError } from "../../domain/errors.ts";
import { at } from "../../domain/present.ts";
import { spread } from "../../domain/spread.ts";
import { promptsFor } from "../../domain/text/prompts.ts";
import type { DryRun, Hyperparameters } from "../../domain/training/types.ts";
import { yieldToEventLoop } from "../../domain/yieldToEventLoop.ts";
import { embedTexts, type LoadedBase } from "../model/base.ts";
import { LoraAdapter } from "../model/lora.ts";
import { devScorings, scheduleBatches } from "./batchSchedule.ts";
import type { RunControl } from "./control.ts";
import { tokenizeExamples } from "./examples.ts";
import { trainedModel } from "./precision.ts";
import { Trainer } from "./trainer.ts";

export interface DryRunRequest {
  examples: readonly TrainingExample[];
  /** Documents as they will be scored. */
  documents: readonly string[];
  hyperparameters: Hyperparameters;
  instruction: string | null;
}

const STEPS = 3;
const DOCUMENTS = 128;
/** Seconds of a first step that is measurement enough: compiling its kernels is then a small part of it. */
const LONG_STEP = 8;

/**
 * Lays out the whole run as training will, does a step of it with a fresh adapter to warm up and up to three more on the
 * clock, then embeds documents spread over the corpus. Nothing of it is kept.
 *
 * @throws StudioError `aborted` when stopped, `dataset-too-small`, device errors
 */
export const dryRun = async (
  base: LoadedBase,
  { examples, documents, hyperparameters, instruction }: DryRunRequest,
  control: RunControl,
): Promise<DryRun> => {
  const { session, tokenizer } = base;
  const prompts = promptsFor(base.prompts, instruction);
  const maxTokens = Math.min(hyperparameters.maxTokens, base.config.maxPositions);
  const goOn = async (): Promise<void> => {
    await yieldToEventLoop();
    if (control.stopRequested)
      throw new StudioError("aborted", "The measurement was stopped.", "Start it again when you like.");
  };
  const tokenized = await tokenizeExamples(examples, tokenizer, prompts, maxTokens, goOn);
  const schedule = scheduleBatches(tokenized, hyperparameters);
  const plan = {
    steps: schedule.steps.length,
    pairs: schedule.pairs,
    devScorings: devScorings(schedule, hyperparameters.evaluateEvery),
  };
  const trained = await trainedModel(base, hyperparameters.precision);
  const adapter = LoraAdapter.create(session.kernels, base.config, hyperparameters);
  // A short run may have fewer steps than are timed.
  const steps = Array.from({ length: STEPS + 1 }, (_, step) => at(schedule.steps, step % plan.steps));
  // A guide for a mask would have to embed all texts first; the steps take no longer by it.
  const { falseNegatives: _, ...settings } = hyperparameters;
  const trainer = new Trainer(trained.model, adapter, tokenized, settings, { schedule: { ...schedule, steps } });
  try {
    const timed = async (count: number): Promise<{ count: number; pairs: number; seconds: number }> => {
      const start = performance.now();
      let pairs = 0;
      for (let step = 0; step < count; step++) {
        pairs += (await trainer.step()).pairs;
        await goOn();
      }
      await session.kernels.finish();
      return { count, pairs, seconds: (performance.now() - start) / 1000 };
    };
    const first = await timed(1);
    const { count, pairs, seconds } = first.seconds > LONG_STEP ? first : await timed(STEPS);
    const texts = spread(documents, DOCUMENTS);
    const scoringStart = performance.now();
    await embedTexts(base, adapter, texts, { kind: "document", prompts, maxTokens });
    return {
      plan,
      steps: count,
      secondsPerStep: seconds / count,
      pairsPerSecond: pairs / seconds,
      textsPerSecond: texts.length / ((performance.now() - scoringStart) / 1000),
      bytes: session.memory().bytes,
    };
  } finally {
    adapter.dispose();
    trained.dispose();
  }
};
