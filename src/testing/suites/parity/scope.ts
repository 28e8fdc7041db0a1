import type { KernelSession } from "../../../kernels/index.ts";

/** Bars of the fixtures' README, column "suggested". */
export const TOLERANCE = { embeddings: 2e-6, hidden: 5e-5, loss: 2e-5, gradients: 2e-5 };

/** What to run: everything, or (where each new shape costs a shader) what covers the rest. */
export interface ParityScope {
  weights: ("f32" | "bf16" | "f16")[];
  batches: string[];
  /** One layer by its intermediates, and PEFT's adapter folder there and back. */
  parts: boolean;
  /** Losses, plain and inside Matryoshka's. */
  variants: string[];
  matryoshka: string[];
  /** Pairs of a chunk, besides the whole batch. */
  chunkSize: number;
}
const VARIANTS = ["pairs", "one_negative", "two_negatives"];
export const EVERYTHING: ParityScope = {
  weights: ["f32", "bf16", "f16"],
  batches: ["ladder", "every_length", "single_tokens"],
  parts: true,
  variants: VARIANTS,
  matryoshka: VARIANTS,
  chunkSize: 2,
};
/**
 * For a second place that runs the same code, once another has run everything: each way through the engine, on the weights
 * that people train on.
 */
export const EACH_WAY: ParityScope = {
  weights: ["bf16"],
  batches: [],
  parts: true,
  variants: ["two_negatives"],
  matryoshka: ["pairs"],
  chunkSize: 3,
};

/** The session that a suite's tests run in, once it has begun. */
export type OpenSession = () => KernelSession;
