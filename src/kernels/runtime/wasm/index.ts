import { getKernel, type KernelConfig, registerKernel, unregisterKernel } from "@tensorflow/tfjs-core";
import { batchMatmul } from "./batchMatmul.ts";
import { gatherRows, sliceRows } from "./rows.ts";

const replace = (name: string, by: (own: KernelConfig) => KernelConfig | null): void => {
  const ours = by(getKernel(name, "wasm"));
  if (!ours) return;
  unregisterKernel(name, "wasm");
  registerKernel(ours);
};

let replaced = false;

/** Puts our kernels in the place of tfjs' slow ones, once; the WebAssembly backend must have been started. */
export const quickenWasm = (): void => {
  if (replaced) return;
  replaced = true;
  replace("BatchMatMul", batchMatmul);
  replace("GatherV2", gatherRows);
  replace("Slice", sliceRows);
};
