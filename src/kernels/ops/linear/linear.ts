import type { Tensor2D } from "@tensorflow/tfjs-core";
import { StudioError } from "../../../domain/errors.ts";
import { shaderFile } from "../../runtime/shaders.ts";
import type { LoraRef } from "../../types.ts";
import { activation, BATCH, checkWidth, type Context, lanes, WEIGHTS } from "../../wgsl/context.ts";
import type { GpuBatch, GpuMatrix } from "../../wgsl/handles.ts";
import type { GpuParameterStore } from "../../wgsl/parameter-store.ts";
import { loraDown, loraGradient, loraUpstream } from "./lora.ts";

const REGISTER = shaderFile(new URL("./linear.register.wgsl?no-inline", import.meta.url));

const only = ({ shards }: GpuMatrix): GPUBuffer => {
  if (shards.length !== 1)
    throw new StudioError(
      "adapter-too-small",
      "One layer's weights are larger than a binding of this graphics adapter.",
      "Take a smaller model or another GPU.",
    );
  return shards[0]!.buffer;
};

const multiply = (
  context: Context,
  entry: "linear" | "linearBackward",
  x: Tensor2D,
  weight: GpuMatrix,
  lora: { z: Tensor2D; ab: GPUBufferBinding; rank: number; scaling: number } | null,
  batch: GpuBatch,
  addend: Tensor2D | undefined,
): Tensor2D => {
  const width = entry === "linear" ? weight.rows : weight.cols;
  const result = activation(context, batch.capacity, width);
  context.gpu.run({
    shader: [BATCH, WEIGHTS, REGISTER],
    entry,
    constants: {
      IN: checkWidth(weight.cols, "A weight matrix"),
      OUT: checkWidth(weight.rows, "A weight matrix"),
      DTYPE: weight.dtype,
      RANK: lora?.rank ?? 0,
      SCALING: lora?.scaling ?? 0,
      ADD: addend === undefined ? 0 : 1,
    },
    // Bindings that the chosen constants leave unused must still be bound.
    bindings: [
      batch.buffer,
      x,
      only(weight),
      result,
      lora?.z ?? batch.buffer,
      lora?.ab ?? batch.buffer,
      addend ?? batch.buffer,
    ],
    workgroups: lanes(Math.ceil(batch.tokens / 8) * Math.ceil(width / 8)),
  });
  return result;
};

/** y = x·Wᵀ + scaling·(x·Aᵀ)·Bᵀ + residual; see linear.register.wgsl. x [capacity, in] → [capacity, out]. */
export const linear = (
  context: Context,
  x: Tensor2D,
  weight: GpuMatrix,
  lora: LoraRef | null,
  batch: GpuBatch,
  residual?: Tensor2D,
): Tensor2D => {
  if (lora === null) return multiply(context, "linear", x, weight, null, batch, residual);
  const store = lora.store as GpuParameterStore;
  const rank = store.shape(lora.a)[0];
  const z = loraDown(context, x, store.slice("values", lora.a), rank, batch);
  const y = multiply(
    context,
    "linear",
    x,
    weight,
    { z, ab: store.slice("values", lora.b), rank, scaling: lora.scaling },
    batch,
    residual,
  );
  z.dispose();
  return y;
};

/** dx = dy·W + dz·A + addTo; adds dA and dB to the store. dy [capacity, out], x [capacity, in] → [capacity, in]. */
export const linearBackward = (
  context: Context,
  dy: Tensor2D,
  x: Tensor2D,
  weight: GpuMatrix,
  lora: LoraRef | null,
  batch: GpuBatch,
  addTo?: Tensor2D,
): Tensor2D => {
  if (lora === null) return multiply(context, "linearBackward", dy, weight, null, batch, addTo);
  const store = lora.store as GpuParameterStore;
  const rank = store.shape(lora.a)[0];
  const z = loraDown(context, x, store.slice("values", lora.a), rank, batch);
  const dz = loraUpstream(context, dy, store.slice("values", lora.b), rank, lora.scaling, batch);
  const dx = multiply(
    context,
    "linearBackward",
    dy,
    weight,
    { z: dz, ab: store.slice("values", lora.a), rank, scaling: 1 },
    batch,
    addTo,
  );
  loraGradient(context, dz, x, store.slice("gradients", lora.a), 1, batch);
  loraGradient(context, dy, z, store.slice("gradients", lora.b), lora.scaling, batch);
  z.dispose();
  dz.dispose();
  return dx;
};
