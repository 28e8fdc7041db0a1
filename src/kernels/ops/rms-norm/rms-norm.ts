import type { Tensor2D } from "@tensorflow/tfjs-core";
import { shaderFile } from "../../runtime/shaders.ts";
import { activation, BATCH, checkWidth, type Context, grid, reduction } from "../../wgsl/context.ts";
import type { GpuBatch, GpuVector } from "../../wgsl/handles.ts";

const SHADER = shaderFile(new URL("./rms-norm.wgsl?no-inline", import.meta.url));

const run = (
  context: Context,
  entry: string,
  x: Tensor2D,
  weight: GpuVector,
  eps: number,
  batch: GpuBatch,
  backward: { dy: Tensor2D; addTo: Tensor2D | undefined } | null,
): Tensor2D => {
  const { file, rows } = reduction(context);
  const result = activation(context, batch.capacity, x.shape[1]);
  context.gpu.run({
    shader: [file, BATCH, SHADER],
    entry,
    constants: { WIDTH: checkWidth(weight.length, "A hidden state"), EPS: eps, ADD: backward?.addTo ? 1 : 0 },
    // A binding that is left unused must still be bound.
    bindings: [
      batch.buffer,
      x,
      weight.buffer,
      result,
      ...(backward ? [backward.dy, backward.addTo ?? backward.dy] : []),
    ],
    workgroups: grid(Math.ceil(batch.tokens / rows)),
  });
  return result;
};

/** RMSNorm of every row; see rms-norm.wgsl. x [capacity, width] → the same shape. */
export const rmsNorm = (context: Context, x: Tensor2D, weight: GpuVector, eps: number, batch: GpuBatch): Tensor2D =>
  run(context, "rmsNorm", x, weight, eps, batch, null);

export const rmsNormBackward = (
  context: Context,
  dy: Tensor2D,
  x: Tensor2D,
  weight: GpuVector,
  eps: number,
  batch: GpuBatch,
  addTo?: Tensor2D,
): Tensor2D => run(context, "rmsNormBackward", x, weight, eps, batch, { dy, addTo });
