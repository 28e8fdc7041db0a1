import type { Precision } from "../../../domain/questions/pageModel.ts";

/** Where the model runs, and in which precision. */
export interface Placement {
  device: "webgpu" | "wasm";
  precision: Precision;
}

/** The GPU in 16 bits where it can, in 32 where it cannot, and the processor where there is none. */
export const placementFor = (adapter: { features: { has(name: string): boolean } } | null): Placement => ({
  device: adapter ? "webgpu" : "wasm",
  precision: adapter?.features.has("shader-f16") ? "q4f16" : "q4",
});
