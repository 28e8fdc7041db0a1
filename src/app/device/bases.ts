import type { BaseRef } from "../../worker/engine/protocol.ts";

/** A base model that the picker offers, with what is needed to say what it costs. */
export interface BaseOffer {
  key: string;
  name: string;
  ref: BaseRef;
  about: string;
  /** Files that are fetched once and kept, in bytes. */
  downloadBytes: number;
  parameters: number;
  hidden: number;
  layers: number;
  intermediate: number;
  heads: number;
  kvHeads: number;
  headDim: number;
  /** Peak learning rate that suits LoRA on a model of this size. */
  learningRate: number;
  /** The query instruction in the base's own prompts. */
  instruction: string;
}

const WEB_SEARCH = "Given a web search query, retrieve relevant passages that answer the query";

/** Sizes are those of the published files (config.json, model.safetensors, tokenizer.json). */
export const BASES: readonly BaseOffer[] = [
  {
    key: "tiny",
    name: "qwen3-embedding-tiny",
    ref: { source: "bundled", name: "qwen3-embedding-tiny" },
    about: "Comes with the studio. English, up to about 160 tokens. For trying things out, also without a GPU.",
    downloadBytes: 4_230_000,
    parameters: 1_836_416,
    hidden: 128,
    layers: 4,
    intermediate: 384,
    heads: 4,
    kvHeads: 2,
    headDim: 32,
    learningRate: 1e-3,
    instruction: WEB_SEARCH,
  },
  {
    key: "0.6b",
    name: "Qwen/Qwen3-Embedding-0.6B",
    ref: { source: "hub", repo: "Qwen/Qwen3-Embedding-0.6B", revision: "main" },
    about: "For real use: over 100 languages, long texts. Fetched once from Hugging Face, then kept in this browser.",
    downloadBytes: 1_203_000_000,
    parameters: 595_776_512,
    hidden: 1024,
    layers: 28,
    intermediate: 3072,
    heads: 16,
    kvHeads: 8,
    headDim: 128,
    learningRate: 2e-4,
    instruction: WEB_SEARCH,
  },
];

export const baseByKey = (key: string): BaseOffer => BASES.find((base) => base.key === key) ?? BASES[0]!;
