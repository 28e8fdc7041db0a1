import { modelTensors, readModelConfig, type ModelConfig } from "../../domain/modelConfig.ts";
import type { ModelFiles } from "../../domain/modelFiles.ts";
import { loadPrompts, type Prompts } from "../../domain/text/prompts.ts";
import { loadTokenizer, type TextTokenizer } from "../../domain/text/tokenizer.ts";
import type { KernelSession } from "../../kernels/index.ts";
import { embedSequences, type EmbeddingMatrix, type EmbedOptions } from "../embed/embedder.ts";
import type { AdapterView } from "./lora.ts";
import { Qwen3Model } from "./model.ts";
import { loadWeights, type LoadOptions } from "./weights.ts";

/** A base model in memory: weights on the device, tokenizer, prompts. */
export interface LoadedBase {
  files: ModelFiles;
  session: KernelSession;
  config: ModelConfig;
  model: Qwen3Model;
  tokenizer: TextTokenizer;
  prompts: Prompts;
  parameters: number;
  dispose(): void;
}

/**
 * Loads a folder of the Qwen3-Embedding layout. Small files first, so that an unsupported model is refused before its
 * weights are read.
 */
export const loadBase = async (
  session: KernelSession,
  files: ModelFiles,
  options: LoadOptions = {},
): Promise<LoadedBase> => {
  const config = await readModelConfig(files);
  const tokenizer = await loadTokenizer(files);
  const prompts = await loadPrompts(files);
  const weights = await loadWeights(files, config, session.kernels, options);
  const model = new Qwen3Model(session.kernels, config, weights);
  await session.kernels.finish();
  return {
    files,
    session,
    config,
    model,
    tokenizer,
    prompts,
    parameters: [...modelTensors(config).values()].reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0),
    dispose: () => model.dispose(),
  };
};

export interface EmbedTextOptions extends EmbedOptions {
  kind: keyof Prompts;
  prompts: Prompts;
  maxTokens: number;
}

/** Token sequences of texts with the prompt of their kind, cut to the limit with the end token kept. */
export const encodeTexts = (
  base: LoadedBase,
  texts: readonly string[],
  { kind, prompts, maxTokens }: Pick<EmbedTextOptions, "kind" | "prompts" | "maxTokens">,
): Int32Array[] => {
  const limit = Math.min(maxTokens, base.config.maxPositions);
  return texts.map((text) => base.tokenizer.encode(prompts[kind], text, limit));
};

/** L2-normalized embeddings of texts with the prompt of their kind. */
export const embedTexts = (
  base: LoadedBase,
  adapter: AdapterView | null,
  texts: readonly string[],
  options: EmbedTextOptions,
): Promise<EmbeddingMatrix> => embedSequences(base.model, adapter, encodeTexts(base, texts, options), options);
