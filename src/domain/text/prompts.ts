import { readJson } from "../modelConfig.ts";
import type { ModelFiles } from "../modelFiles.ts";

/** Strings put in front of a text before it is tokenized. */
export interface Prompts {
  query: string;
  document: string;
}

/** Qwen3-Embedding's query prompt for a task sentence; there is no space after `Query:`. */
export const queryPrompt = (task: string): string => `Instruct: ${task}\nQuery:`;

/** The task that Qwen3-Embedding's own query prompt states. */
export const WEB_SEARCH = "Given a web search query, retrieve relevant passages that answer the query";

/** The prompts of `config_sentence_transformers.json`; empty strings where the folder has none. */
export const loadPrompts = async (files: ModelFiles): Promise<Prompts> => {
  if ((await files.size("config_sentence_transformers.json")) === null) return { query: "", document: "" };
  const config = (await readJson(files, "config_sentence_transformers.json")) as { prompts?: Record<string, unknown> };
  const prompt = (name: string): string => {
    const value = config.prompts?.[name];
    return typeof value === "string" ? value : "";
  };
  return { query: prompt("query"), document: prompt("document") };
};

/** The base's own prompts, with the query prompt replaced when a task sentence is given. */
export const promptsFor = (base: Prompts, task: string | null): Prompts =>
  task === null ? base : { ...base, query: queryPrompt(task) };
