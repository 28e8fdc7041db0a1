import type { Tensor2D } from "@tensorflow/tfjs-core";
import { StudioError } from "../../../domain/errors.ts";
import { shaderFile } from "../../runtime/shaders.ts";
import { activation, BATCH, type Context, grid, reduction } from "../../wgsl/context.ts";
import type { GpuBatch, GpuRope, GpuVector } from "../../wgsl/handles.ts";

const SHADER = shaderFile(new URL("./head-norm-rope.wgsl?no-inline", import.meta.url));

const run = (
  context: Context,
  entry: string,
  x: Tensor2D,
  weight: GpuVector,
  eps: number,
  table: GpuRope,
  batch: GpuBatch,
  dy: Tensor2D | null,
): Tensor2D => {
  if (batch.maxLength > table.positions)
    throw new StudioError(
      "sequence-too-long",
      `A sequence of ${batch.maxLength} tokens is longer than the ${table.positions} positions of the table.`,
      "Lower the longest text in tokens.",
    );
  const { file, rows } = reduction(context);
  const heads = x.shape[1] / table.headDim;
  const result = activation(context, batch.capacity, x.shape[1]);
  context.gpu.run({
    shader: [file, BATCH, SHADER],
    entry,
    constants: { HEADS: heads, HALF: table.headDim / 2, EPS: eps },
    bindings: [batch.buffer, x, weight.buffer, result, table.buffer, dy],
    workgroups: grid(Math.ceil((batch.tokens * heads) / rows)),
  });
  return result;
};

/** RMSNorm of each head, then rotary embedding; see head-norm-rope.wgsl. x [capacity, heads·headDim] → the same shape. */
export const headNormRope = (
  context: Context,
  x: Tensor2D,
  weight: GpuVector,
  eps: number,
  table: GpuRope,
  batch: GpuBatch,
): Tensor2D => run(context, "headNormRope", x, weight, eps, table, batch, null);

export const headNormRopeBackward = (
  context: Context,
  dy: Tensor2D,
  x: Tensor2D,
  weight: GpuVector,
  eps: number,
  table: GpuRope,
  batch: GpuBatch,
): Tensor2D => run(context, "headNormRopeBackward", x, weight, eps, table, batch, dy);
