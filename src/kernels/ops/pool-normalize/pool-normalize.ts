import type { Rank, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { shaderFile } from "../../runtime/shaders.ts";
import { activation, BATCH, checkWidth, type Context, grid, reduction } from "../../wgsl/context.ts";
import type { GpuBatch } from "../../wgsl/handles.ts";
import { NORM_FLOOR } from "./pool-normalize.reference.ts";

const SHADER = shaderFile(new URL("./pool-normalize.wgsl?no-inline", import.meta.url));

const constants = (x: Tensor2D) => ({ WIDTH: checkWidth(x.shape[1], "A hidden state"), FLOOR: NORM_FLOOR });

/** Last token of each segment, L2-normalized; see pool-normalize.wgsl. x [capacity, hidden] → [segments, hidden], [segments]. */
export const poolNormalize = (
  context: Context,
  x: Tensor2D,
  batch: GpuBatch,
): { embeddings: Tensor2D; norms: Tensor1D } => {
  const { file, rows } = reduction(context);
  const embeddings = activation(context, batch.segments, x.shape[1]);
  const norms = context.gpu.tensor<Rank.R1>([batch.segments]);
  context.gpu.run({
    shader: [file, BATCH, SHADER],
    entry: "poolNormalize",
    constants: constants(x),
    bindings: [batch.buffer, x, embeddings, norms],
    workgroups: grid(Math.ceil(batch.segments / rows)),
  });
  return { embeddings, norms };
};

export const poolNormalizeBackward = (
  context: Context,
  dEmbeddings: Tensor2D,
  x: Tensor2D,
  batch: GpuBatch,
): Tensor2D => {
  const { file, rows } = reduction(context);
  const result = activation(context, batch.capacity, x.shape[1]);
  context.gpu.run({
    shader: [file, BATCH, SHADER],
    entry: "poolNormalizeBackward",
    constants: constants(x),
    bindings: [batch.buffer, x, result, null, dEmbeddings],
    workgroups: grid(Math.ceil(batch.tokens / rows)),
  });
  return result;
};
