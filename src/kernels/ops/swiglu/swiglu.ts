import type { Tensor2D } from "@tensorflow/tfjs-core";
import { shaderFile } from "../../runtime/shaders.ts";
import { activation, BATCH, checkWidth, type Context, lanes } from "../../wgsl/context.ts";
import type { GpuBatch } from "../../wgsl/handles.ts";

const SHADER = shaderFile(new URL("./swiglu.wgsl?no-inline", import.meta.url));

/** silu(gate) · up; see swiglu.wgsl. [capacity, width] → the same shape. */
export const swiglu = (context: Context, gate: Tensor2D, up: Tensor2D, batch: GpuBatch): Tensor2D => {
  const width = checkWidth(gate.shape[1], "The feed-forward layer");
  const result = activation(context, batch.capacity, width);
  context.gpu.run({
    shader: [BATCH, SHADER],
    entry: "swiglu",
    constants: { WIDTH: width },
    bindings: [batch.buffer, gate, up, result],
    workgroups: lanes((batch.tokens * width) / 4),
  });
  return result;
};

export const swigluBackward = (
  context: Context,
  dy: Tensor2D,
  gate: Tensor2D,
  up: Tensor2D,
  batch: GpuBatch,
): { dgate: Tensor2D; dup: Tensor2D } => {
  const width = checkWidth(gate.shape[1], "The feed-forward layer");
  const dgate = activation(context, batch.capacity, width);
  const dup = activation(context, batch.capacity, width);
  context.gpu.run({
    shader: [BATCH, SHADER],
    entry: "swigluBackward",
    constants: { WIDTH: width },
    bindings: [batch.buffer, gate, up, null, dy, dgate, dup],
    workgroups: lanes((batch.tokens * width) / 4),
  });
  return { dgate, dup };
};
