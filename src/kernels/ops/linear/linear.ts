import type { Tensor2D } from "@tensorflow/tfjs-core";
import { StudioError } from "../../../domain/errors.ts";
import { at } from "../../../domain/present.ts";
import type { LoraRef } from "../../types.ts";
import type { Context } from "../../wgsl/context.ts";
import type { GpuBatch, GpuMatrix } from "../../wgsl/handles.ts";
import type { GpuParameterStore } from "../../wgsl/parameter-store.ts";
import { loraDown, loraGradient, loraUpstream } from "./lora.ts";
import { type Matrix, product } from "./product.ts";

const frozen = ({ shards, rows, cols, dtype }: GpuMatrix): Matrix => {
  if (shards.length !== 1)
    throw new StudioError(
      "adapter-too-small",
      "One layer's weights are larger than a binding of this graphics adapter.",
      "Take a smaller model or another GPU.",
    );
  return { binding: { buffer: at(shards, 0).buffer }, rows, cols, dtype };
};

/** y = x·Wᵀ + scaling·(x·Aᵀ)·Bᵀ + residual. x [capacity, in] → [capacity, out]. */
export const linear = (
  context: Context,
  x: Tensor2D,
  weight: GpuMatrix,
  lora: LoraRef | null,
  batch: GpuBatch,
  residual?: Tensor2D,
): Tensor2D => {
  const { forward: forms } = context.variants;
  if (lora === null) return product(context, "linear", x, frozen(weight), batch, { addend: residual, forms });
  const store = lora.store as GpuParameterStore;
  const { scaling } = lora;
  const rank = store.shape(lora.a)[0];
  const z = loraDown(context, x, store.slice("values", lora.a), rank, batch);
  const y = product(context, "linear", x, frozen(weight), batch, {
    lora: { z, ab: store.slice("values", lora.b), rank, scaling },
    addend: residual,
    forms,
  });
  z.dispose();
  return y;
};

/**
 * dx = dy·W + scaling·dz·A + addTo with dz = dy·B; adds dA = scaling·dzᵀ·x and dB = scaling·dyᵀ·(x·Aᵀ) to the store.
 * dy [capacity, out], x [capacity, in] → [capacity, in].
 */
export const linearBackward = (
  context: Context,
  dy: Tensor2D,
  x: Tensor2D,
  weight: GpuMatrix,
  lora: LoraRef | null,
  batch: GpuBatch,
  addTo?: Tensor2D,
): Tensor2D => {
  if (lora === null) return product(context, "linearBackward", dy, frozen(weight), batch, { addend: addTo });
  const store = lora.store as GpuParameterStore;
  const { scaling } = lora;
  const rank = store.shape(lora.a)[0];
  const z = loraDown(context, x, store.slice("values", lora.a), rank, batch);
  const dz = loraUpstream(context, dy, store.slice("values", lora.b), rank, batch);
  const dx = product(context, "linearBackward", dy, frozen(weight), batch, {
    lora: { z: dz, ab: store.slice("values", lora.a), rank, scaling },
    addend: addTo,
  });
  loraGradient(context, x, dz, store.slice("gradients", lora.a), "narrow-rows", scaling, batch);
  loraGradient(context, dy, z, store.slice("gradients", lora.b), "wide-rows", scaling, batch);
  z.dispose();
  dz.dispose();
  return dx;
};
