import { QWEN3_EMBEDDING_06B, SMALL_BASE, TINY_BASE } from "../../domain/bases.ts";
import { parameterCount, type ModelConfig } from "../../domain/modelConfig.ts";
import { at } from "../../domain/present.ts";
import { WEB_SEARCH } from "../../domain/text/prompts.ts";
import type { BaseRef } from "../../worker/engine/protocol.ts";

/** A base model that the picker offers, with what is needed to say what it costs. */
export interface BaseOffer extends ModelConfig {
  key: string;
  name: string;
  ref: BaseRef;
  about: string;
  /** Files that are fetched once and kept, in bytes. */
  downloadBytes: number;
  parameters: number;
  /** The query instruction in the base's own prompts. */
  instruction: string;
}

/** Sizes are those of the published files (config.json, model.safetensors, tokenizer.json). */
export const BASES: readonly BaseOffer[] = [
  {
    key: "small",
    name: SMALL_BASE.id,
    ref: { source: "bundled", name: SMALL_BASE.id },
    about:
      "Comes with the studio. Everyday English, up to about 160 tokens. Learns well from your pairs, also without a GPU.",
    downloadBytes: 15_460_000,
    parameters: parameterCount(SMALL_BASE.config),
    ...SMALL_BASE.config,
    instruction: WEB_SEARCH,
  },
  {
    key: "tiny",
    name: TINY_BASE.id,
    ref: { source: "bundled", name: TINY_BASE.id },
    about: "Comes with the studio. Knows technical English only; half the work of small. For quick trials.",
    downloadBytes: 4_230_000,
    parameters: parameterCount(TINY_BASE.config),
    ...TINY_BASE.config,
    instruction: WEB_SEARCH,
  },
  {
    key: "0.6b",
    name: QWEN3_EMBEDDING_06B.id,
    ref: { source: "hub", repo: QWEN3_EMBEDDING_06B.id, revision: "main" },
    about: "For real use: over 100 languages, long texts. Fetched once from Hugging Face, then kept in this browser.",
    downloadBytes: 1_203_000_000,
    parameters: parameterCount(QWEN3_EMBEDDING_06B.config),
    ...QWEN3_EMBEDDING_06B.config,
    instruction: WEB_SEARCH,
  },
];

export const baseByKey = (key: string): BaseOffer => BASES.find((base) => base.key === key) ?? at(BASES, 0);
