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

/** A base that comes with the studio, in `models/base/` under its id; the hash is that of its `model.safetensors`. */
interface BundledBase {
  id: string;
  sha256: string;
  config: ModelConfig;
}

/** The quickest one. */
export const TINY_BASE = {
  id: "qwen3-embedding-tiny",
  sha256: "dc52cedb0b3f6465b01e525b41c7bbe9304c9ba72678abd258ab7be8fa86b5c4",
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
} as const satisfies BundledBase;

/** The default: knows everyday English, and gains more from tuning; a training step is 2.25 times the products of tiny. */
export const SMALL_BASE = {
  id: "qwen3-embedding-small",
  sha256: "c358d638b2e83b22b8fe8e69d213c9655ca5d70eac32d639d0d5fa8e716d4183",
  config: {
    hidden: 256,
    layers: 2,
    heads: 8,
    kvHeads: 4,
    headDim: 32,
    intermediate: 896,
    vocab: 20_480,
    rmsEps: 1e-6,
    ropeTheta: 1e6,
    maxPositions: 2048,
  },
} as const satisfies BundledBase;

/** All bases that come with the studio, the default first. */
export const BUNDLED_BASES: readonly BundledBase[] = [SMALL_BASE, TINY_BASE];

/** What is tuned when nobody says otherwise. @alias */
export const DEFAULT_BASE: BundledBase = SMALL_BASE;
