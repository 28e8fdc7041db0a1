import type { ModelConfig } from "./modelConfig.ts";

/** The base this studio was validated with. At this revision `model.safetensors` must have this hash. */
export const QWEN3_EMBEDDING_06B = {
  id: "Qwen/Qwen3-Embedding-0.6B",
  revision: "97b0c614be4d77ee51c0cef4e5f07c00f9eb65b3",
  sha256: "0437e45c94563b09e13cb7a64478fc406947a93cb34a7e05870fc8dcd48e23fd",
  config: {
    hidden: 1024,
    layers: 28,
    heads: 16,
    kvHeads: 8,
    headDim: 128,
    intermediate: 3072,
    vocab: 151_669,
    rmsEps: 1e-6,
    ropeTheta: 1e6,
    maxPositions: 32_768,
  },
} as const satisfies { id: string; revision: string; sha256: string; config: ModelConfig };

/** The base that comes with the studio, in `models/base/` under its id. */
export const TINY_BASE = {
  id: "qwen3-embedding-tiny",
  config: {
    hidden: 128,
    layers: 4,
    heads: 4,
    kvHeads: 2,
    headDim: 32,
    intermediate: 384,
    vocab: 8192,
    rmsEps: 1e-6,
    ropeTheta: 1e6,
    maxPositions: 2048,
  },
} as const satisfies { id: string; config: ModelConfig };
