import { adapterOf } from "../../domain/artifact/index.ts";
import type { TrainingExample } from "../../domain/dataset/types.ts";
import { at } from "../../domain/present.ts";
import type { PlannedRun } from "../../domain/script/index.ts";
import type { Prompts } from "../../domain/text/prompts.ts";
import type { Hyperparameters } from "../../domain/training/types.ts";
import type { ModelConfig } from "../../domain/modelConfig.ts";
import type { TextTokenizer } from "../../domain/text/tokenizer.ts";
import { initialValues } from "../model/lora.ts";
import { isDevStep, scheduleBatches } from "./batchSchedule.ts";
import { tokenizeExamples } from "./examples.ts";

/** Lays a fresh run out as the trainer does, without a device. @throws StudioError `dataset-too-small` */
export const planRun = async (
  { config, tokenizer }: { config: ModelConfig; tokenizer: TextTokenizer },
  examples: readonly TrainingExample[],
  prompts: Prompts,
  settings: Hyperparameters,
): Promise<PlannedRun> => {
  const maxTokens = Math.min(settings.maxTokens, config.maxPositions);
  const tokenized = await tokenizeExamples(examples, tokenizer, prompts, maxTokens);
  const schedule = scheduleBatches(tokenized, settings);
  const text = (sequence: number): number => at(tokenized.identity, sequence);
  return {
    steps: schedule.steps.map(({ chunks }) => chunks.flat()),
    warmupSteps: schedule.warmupSteps,
    devSteps: schedule.steps.map((_, i) => i + 1).filter((done) => isDevStep(schedule, done, settings.evaluateEvery)),
    texts: tokenized.rows.map(({ query, positive, negatives }) => [query, positive, ...negatives].map(text)),
    initial: adapterOf(settings.rank, settings.alpha, initialValues(config, settings.rank, settings.seed)),
  };
};
