import type { Rank, Tensor1D } from "@tensorflow/tfjs-core";
import { shaderFile } from "../../runtime/shaders.ts";
import type { AdamWSettings } from "../../types.ts";
import { type Context, lanes } from "../../wgsl/context.ts";
import type { GpuParameterStore } from "../../wgsl/parameter-store.ts";

const SHADER = shaderFile(new URL("./adamw.wgsl?no-inline", import.meta.url));

const WORDS = 12;

/** The shader's `Settings`. */
const packed = (store: GpuParameterStore, settings: AdamWSettings): Float32Array<ArrayBuffer> => {
  const { learningRate, beta1, beta2, eps, weightDecay, step, maxGradNorm } = settings;
  const words = new Float32Array(WORDS);
  new Uint32Array(words.buffer).set([store.flatSize / 4, store.partials]);
  words.set(
    [
      learningRate / (1 - beta1 ** step),
      1 - learningRate * weightDecay,
      beta1,
      beta2,
      eps,
      Math.sqrt(1 - beta2 ** step),
      maxGradNorm,
      1 - beta1,
      1 - beta2,
    ],
    2,
  );
  return words;
};

/** Clip, step, clear; see adamw.wgsl. Returns the norm before clipping, [1], still on the GPU. */
export const adamW = ({ gpu }: Context, store: GpuParameterStore, settings: AdamWSettings): Tensor1D => {
  const norm = gpu.tensor<Rank.R1>([1]);
  const uniform = store.buffer("settings");
  gpu.write(uniform, packed(store, settings));
  const [gradients, partials] = [store.buffer("gradients"), store.buffer("scratch")];
  const shared = { shader: [SHADER] };
  gpu.run({
    ...shared,
    entry: "adamwSquares",
    bindings: [uniform, gradients, partials],
    workgroups: lanes(store.partials),
  });
  gpu.run({ ...shared, entry: "adamwSums", bindings: [uniform, null, partials], workgroups: [1] });
  gpu.run({ ...shared, entry: "adamwNorm", bindings: [uniform, null, partials, norm], workgroups: [1] });
  gpu.run({
    ...shared,
    entry: "adamwUpdate",
    bindings: [
      uniform,
      gradients,
      null,
      norm,
      store.buffer("values"),
      store.buffer("moment1"),
      store.buffer("moment2"),
    ],
    workgroups: lanes(store.flatSize / 4),
  });
  return norm;
};
