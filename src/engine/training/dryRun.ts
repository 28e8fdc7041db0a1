import type { TrainingExample } from "../../domain/dataset/types.ts";
import { StudioError } from "../../domain/errors.ts";
import { spread } from "../../domain/spread.ts";
import { promptsFor } from "../../domain/text/prompts.ts";
import type { DryRun, Hyperparameters } from "../../domain/training/types.ts";
import { yieldToEventLoop } from "../../domain/yieldToEventLoop.ts";
import { embedTexts, type LoadedBase } from "../model/base.ts";
import { LoraAdapter } from "../model/lora.ts";
import type { RunControl } from "./control.ts";
import { tokenizeExamples } from "./examples.ts";
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

/**
 * Trains a fresh adapter for a step to warm up and three more on the clock, with examples spread over the data, then
 * embeds documents spread over the corpus. Nothing of it is kept.
 *
 * @throws StudioError `aborted` when stopped, `dataset-too-small`, device errors
 */
export const dryRun = async (
  base: LoadedBase,
  { examples, documents, hyperparameters, instruction }: DryRunRequest,
  control: RunControl,
): Promise<DryRun> => {
  const { session, model, tokenizer } = base;
  const prompts = promptsFor(base.prompts, instruction);
  const maxTokens = Math.min(hyperparameters.maxTokens, base.config.maxPositions);
  const goOn = async (): Promise<void> => {
    await yieldToEventLoop();
    if (control.stopRequested)
      throw new StudioError("aborted", "The measurement was stopped.", "Start it again when you like.");
  };
  // More than the steps take: batches leave out rows that share a text.
  const sample = spread(examples, 2 * (STEPS + 1) * hyperparameters.batchSize);
  const tokenized = await tokenizeExamples(sample, tokenizer, prompts, maxTokens, goOn);
  const adapter = LoraAdapter.create(session.kernels, base.config, hyperparameters);
  // Small data may have fewer batches than that in one epoch.
  const trainer = new Trainer(model, adapter, tokenized, { ...hyperparameters, epochs: STEPS + 1 });
  try {
    await trainer.step();
    await goOn();
    const start = performance.now();
    let pairs = 0;
    for (let step = 0; step < STEPS; step++) {
      pairs += (await trainer.step()).pairs;
      await goOn();
    }
    await session.kernels.finish();
    const seconds = (performance.now() - start) / 1000;
    const texts = spread(documents, DOCUMENTS);
    const scoringStart = performance.now();
    await embedTexts(base, adapter, texts, { kind: "document", prompts, maxTokens });
    return {
      steps: STEPS,
      secondsPerStep: seconds / STEPS,
      pairsPerSecond: pairs / seconds,
      textsPerSecond: texts.length / ((performance.now() - scoringStart) / 1000),
      bytes: session.memory().bytes,
    };
  } finally {
    trainer.dispose();
    adapter.dispose();
  }
};
