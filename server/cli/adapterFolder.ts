import { readAdapter, type Adapter } from "../../src/domain/artifact/index.ts";
import { tokenLimitOf } from "../../src/domain/import/index.ts";
import type { ModelConfig } from "../../src/domain/modelConfig.ts";
import type { ModelFiles } from "../../src/domain/modelFiles.ts";
import { loadPrompts, promptsFor, queryPrompt, type Prompts } from "../../src/domain/text/prompts.ts";
import { DEFAULT_HYPERPARAMETERS } from "../../src/domain/training/types.ts";
import { nodeModelFiles, openFolder } from "./nodeModelFiles.ts";

/** A PEFT folder, with what it says of how texts are read. */
export interface AdapterFolder {
  files: ModelFiles;
  /** Null where the folder has none (PEFT alone writes none): then the base's own count. */
  prompts: Prompts | null;
  /** Longest text in tokens; null where the folder does not say. */
  maxTokens: number | null;
  read(config: ModelConfig): Promise<Adapter>;
}

const PROMPTS = "config_sentence_transformers.json";

/** The folder of `--adapter`. @throws UsageError when there is none, StudioError when a file of it is no JSON */
export const openAdapter = async (path: string): Promise<AdapterFolder> => {
  const files = nodeModelFiles(openFolder("adapter", path));
  const has = async (file: string) => (await files.size(file)) !== null;
  return {
    files,
    prompts: (await has(PROMPTS)) ? await loadPrompts(files) : null,
    maxTokens: await tokenLimitOf(files),
    read: (config) => readAdapter(files, config),
  };
};

/** How texts are read: what stands in front of them, and where they are cut. */
export interface Reading {
  prompts: Prompts;
  maxTokens: number;
  /** The task sentence of the query prompt; null when the prompt is the base's own, or not of Qwen3-Embedding's form. */
  instruction: string | null;
  /** For stderr: which prompt and limit count, and whose they are. */
  said: string[];
}

/**
 * `--task` and `--max-tokens` where they are given, else what the adapter's folder says, else the base's prompts and the
 * default: an adapter is as good as its card says only with the prompt that it was tuned with.
 */
export const readingOf = (
  base: Prompts,
  adapter: AdapterFolder | null,
  { task, maxTokens }: { task: string | undefined; maxTokens: number | undefined },
): Reading => {
  const own = adapter?.prompts ?? null;
  const prompts = promptsFor(own ?? base, task ?? null);
  const whose = task !== undefined ? "of --task" : own ? "of the adapter's folder" : "of the base";
  const others = task !== undefined && own && own.query !== prompts.query ? own.query : null;
  const limit = maxTokens ?? adapter?.maxTokens ?? DEFAULT_HYPERPARAMETERS.maxTokens;
  return {
    prompts,
    maxTokens: limit,
    instruction: task ?? (prompts.query === base.query ? null : taskIn(prompts.query)),
    said: [
      `Query prompt ${whose}: ${JSON.stringify(prompts.query)}${others === null ? "" : `; the adapter's own is ${JSON.stringify(others)}`}`,
      ...(maxTokens === undefined && adapter?.maxTokens
        ? [`Texts are cut after ${limit} tokens, as the adapter's folder says.`]
        : []),
    ],
  };
};

const taskIn = (prompt: string): string | null => {
  const task = /^Instruct: ([\s\S]*)\nQuery:$/.exec(prompt)?.[1];
  return task !== undefined && queryPrompt(task) === prompt ? task : null;
};
