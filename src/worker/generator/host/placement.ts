import { isSoftware, type AdapterNames } from "../../../domain/adapter.ts";
import type { Precision } from "../../../domain/questions/pageModel.ts";

/** Where the model runs, and in which precision. */
export interface Placement {
  device: "webgpu" | "wasm";
  precision: Precision;
}

/**
 * The GPU in 16 bits where it can, in 32 where it cannot, and the processor where there is none. A GPU that is only imitated counts
 * as none: there a token took a hundred times as long as by WebAssembly (docs/questions.md).
 */
export const placementFor = (
  adapter: { features: { has(name: string): boolean }; info: AdapterNames } | null,
): Placement => {
  if (adapter === null || isSoftware(adapter.info)) return { device: "wasm", precision: "q4" };
  return { device: "webgpu", precision: adapter.features.has("shader-f16") ? "q4f16" : "q4" };
};
