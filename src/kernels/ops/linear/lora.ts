import type { Tensor2D } from "@tensorflow/tfjs-core";
import { shaderFile } from "../../runtime/shaders.ts";
import { activation, BATCH, type Context, floatBits, grid } from "../../wgsl/context.ts";
import type { GpuBatch } from "../../wgsl/handles.ts";

const SHADER = shaderFile(new URL("./lora.wgsl?no-inline", import.meta.url));
const SERIAL = { file: shaderFile(new URL("./split.serial.wgsl?no-inline", import.meta.url)), tiles: 64 };
const WORKGROUP = { file: shaderFile(new URL("./split.workgroup.wgsl?no-inline", import.meta.url)), tiles: 4 };

/** How many lanes share a tile follows the choice for row sums: both ask whether barriers are cheap. */
const split = ({ variants }: Context) => (variants.reduce === "serial" ? SERIAL : WORKGROUP);

const narrow = (
  context: Context,
  entry: string,
  x: Tensor2D,
  ab: GPUBufferBinding,
  rank: number,
  scaling: number,
  batch: GpuBatch,
): Tensor2D => {
  const { file, tiles } = split(context);
  const result = activation(context, batch.capacity, rank);
  context.gpu.run({
    shader: [file, BATCH, SHADER],
    entry,
    bindings: [batch.buffer, x, ab, result, null, null, context.gpu.uniform([x.shape[1], rank, floatBits(scaling), 0])],
    workgroups: grid(Math.ceil((Math.ceil(batch.tokens / 4) * Math.ceil(rank / 4)) / tiles)),
  });
  return result;
};

/** z = x·Aᵀ. x [capacity, in], a [rank, in] → [capacity, rank]. */
export const loraDown = (context: Context, x: Tensor2D, a: GPUBufferBinding, rank: number, batch: GpuBatch): Tensor2D =>
  narrow(context, "loraDown", x, a, rank, 1, batch);

/** dz = scaling·dy·B. dy [capacity, out], b [out, rank] → [capacity, rank]. */
export const loraUpstream = (
  context: Context,
  dy: Tensor2D,
  b: GPUBufferBinding,
  rank: number,
  scaling: number,
  batch: GpuBatch,
): Tensor2D => narrow(context, "loraUpstream", dy, b, rank, scaling, batch);

/** Adds scaling·pᵀ·q over the batch's tokens to `gradient` [width of p, width of q]. */
export const loraGradient = (
  context: Context,
  p: Tensor2D,
  q: Tensor2D,
  gradient: GPUBufferBinding,
  scaling: number,
  batch: GpuBatch,
): void => {
  const { file, tiles } = split(context);
  context.gpu.run({
    shader: [file, BATCH, SHADER],
    entry: "loraGradient",
    bindings: [
      batch.buffer,
      null,
      null,
      gradient,
      p,
      q,
      context.gpu.uniform([p.shape[1], q.shape[1], floatBits(scaling), 0]),
    ],
    workgroups: grid(Math.ceil((Math.ceil(p.shape[1] / 8) * Math.ceil(q.shape[1] / 4)) / tiles)),
  });
};
