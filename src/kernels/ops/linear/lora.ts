import type { Tensor2D } from "@tensorflow/tfjs-core";
import { shaderFile } from "../../runtime/shaders.ts";
import { activation, BATCH, type Context, floatBits, grid } from "../../wgsl/context.ts";
import type { GpuBatch } from "../../wgsl/handles.ts";
import { type Matrix, product, SUBGROUPS } from "./product.ts";

const SPLIT = shaderFile(new URL("./lora.split.wgsl?no-inline", import.meta.url));
const GRADIENT_QUAD = shaderFile(new URL("./lora.gradient.quad.wgsl?no-inline", import.meta.url));

/** Tiles of one workgroup in lora.split.wgsl. */
const TILES = 4;
/** As `DTYPE` in weights.wgsl. */
const F32 = 2;

/** A lies with its narrow side (the rank) as rows, B with its wide side. */
type Layout = "narrow-rows" | "wide-rows";

/**
 * Without barriers the linear kernels themselves are best, taking A and B for their weight. On GPUs their few tiles would leave
 * the device idle: there sixteen lanes share the inner width of a small tile.
 */
const asLinear = ({ variants }: Context, rank: number): boolean =>
  !variants.linear.many.startsWith("tile") && rank % 4 === 0;

/** Between the elements of A [rank, in] or B [out, rank], and of their gradients, for neighboring columns and ranks. */
const strides = (layout: Layout, width: number, rank: number): [number, number] =>
  layout === "narrow-rows" ? [1, width] : [rank, 1];

const split = (context: Context, x: Tensor2D, ab: GPUBufferBinding, layout: Layout, rank: number, batch: GpuBatch) => {
  const result = activation(context, batch.capacity, rank);
  const width = x.shape[1];
  const sizes = context.gpu.uniform([width, rank, ...strides(layout, width, rank), 0, 0, 0, 0]);
  context.gpu.run({
    shader: [BATCH, SPLIT],
    entry: "loraNarrow",
    bindings: [batch.buffer, x, ab, result, null, sizes],
    workgroups: grid(Math.ceil((Math.ceil(batch.tokens / 4) * Math.ceil(rank / 4)) / TILES)),
  });
  return result;
};

/** z = x·Aᵀ. x [capacity, in], a [rank, in] → [capacity, rank]. */
export const loraDown = (
  context: Context,
  x: Tensor2D,
  a: GPUBufferBinding,
  rank: number,
  batch: GpuBatch,
): Tensor2D => {
  if (!asLinear(context, rank)) return split(context, x, a, "narrow-rows", rank, batch);
  const weight: Matrix = { binding: a, rows: rank, cols: x.shape[1], dtype: F32 };
  return product(context, "linear", x, weight, batch);
};

/** dz = dy·B. dy [capacity, out], b [out, rank] → [capacity, rank]. */
export const loraUpstream = (
  context: Context,
  dy: Tensor2D,
  b: GPUBufferBinding,
  rank: number,
  batch: GpuBatch,
): Tensor2D => {
  if (!asLinear(context, rank)) return split(context, dy, b, "wide-rows", rank, batch);
  const weight: Matrix = { binding: b, rows: dy.shape[1], cols: rank, dtype: F32 };
  return product(context, "linearBackward", dy, weight, batch);
};

/**
 * Adds scaling·Σ_t wide_t ⊗ narrow_t to `gradient`, which is [narrow, wide] (dA: `narrow-rows`) or [wide, narrow] (dB: `wide-rows`).
 * wide [capacity, in or out], narrow [capacity, rank].
 */
export const loraGradient = (
  context: Context,
  wide: Tensor2D,
  narrow: Tensor2D,
  gradient: GPUBufferBinding,
  layout: Layout,
  scaling: number,
  batch: GpuBatch,
): void => {
  const [width, rank] = [wide.shape[1], narrow.shape[1]];
  const sizes = context.gpu.uniform([width, rank, ...strides(layout, width, rank), floatBits(scaling), 0, 0, 0]);
  if (context.variants.linear.many === "quad16")
    context.gpu.run({
      shader: [SUBGROUPS, BATCH, GRADIENT_QUAD],
      entry: "loraGradient",
      bindings: [batch.buffer, wide, narrow, gradient, sizes],
      workgroups: grid(Math.ceil(width / 32) * Math.ceil(rank / 16)),
    });
  else
    context.gpu.run({
      shader: [BATCH, SPLIT],
      entry: "loraGradient",
      bindings: [batch.buffer, wide, null, gradient, narrow, sizes],
      workgroups: grid(Math.ceil((Math.ceil(width / 8) * Math.ceil(rank / 4)) / TILES)),
    });
};
