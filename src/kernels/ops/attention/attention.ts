import type { Rank, Tensor2D } from "@tensorflow/tfjs-core";
import { StudioError } from "../../../domain/errors.ts";
import { shaderFile } from "../../runtime/shaders.ts";
import { activation, BATCH, type Context } from "../../wgsl/context.ts";
import type { GpuBatch } from "../../wgsl/handles.ts";

const SERIAL = shaderFile(new URL("./attention.serial.wgsl?no-inline", import.meta.url));

/** Registers of the shader hold this much of one head. */
const LARGEST_HEAD = 128;

const constants = (q: Tensor2D, k: Tensor2D, headDim: number) => {
  if (headDim % 4 !== 0 || headDim > LARGEST_HEAD)
    throw new StudioError(
      "model-unsupported",
      `Attention heads are ${headDim} wide; the kernels need a multiple of 4 up to ${LARGEST_HEAD}.`,
      "Use a model of the Qwen3-Embedding family.",
    );
  return { QUARTER: headDim / 4, HEADS: q.shape[1] / headDim, GROUP: q.shape[1] / k.shape[1], SCALE: headDim ** -0.5 };
};

/** Causal GQA attention in each segment; see attention.serial.wgsl. q [capacity, heads·headDim], k and v [capacity, kvHeads·headDim]. */
export const attention = (
  context: Context,
  q: Tensor2D,
  k: Tensor2D,
  v: Tensor2D,
  headDim: number,
  batch: GpuBatch,
): { y: Tensor2D; lse: Tensor2D } => {
  const heads = q.shape[1] / headDim;
  const y = activation(context, batch.capacity, q.shape[1]);
  const lse = activation(context, batch.capacity, heads);
  context.gpu.run({
    shader: [BATCH, SERIAL],
    entry: "attention",
    constants: constants(q, k, headDim),
    bindings: [batch.buffer, q, k, v, lse, y],
    workgroups: [Math.ceil(batch.tokens / 64), heads],
  });
  return { y, lse };
};

export const attentionBackward = (
  context: Context,
  dy: Tensor2D,
  q: Tensor2D,
  k: Tensor2D,
  v: Tensor2D,
  y: Tensor2D,
  lse: Tensor2D,
  headDim: number,
  batch: GpuBatch,
): { dq: Tensor2D; dk: Tensor2D; dv: Tensor2D } => {
  const heads = q.shape[1] / headDim;
  const [dq, dk, dv] = [q, k, v].map((x) => activation(context, batch.capacity, x.shape[1])) as [
    Tensor2D,
    Tensor2D,
    Tensor2D,
  ];
  const stats = context.gpu.tensor<Rank.R2>([batch.capacity, 2 * heads]);
  const shared = { shader: [BATCH, SERIAL], constants: constants(q, k, headDim) };
  const blocks = Math.ceil(batch.tokens / 64);
  context.gpu.run({
    ...shared,
    entry: "attentionStats",
    bindings: [batch.buffer, null, null, null, lse, null, dy, y, stats],
    workgroups: [blocks, heads],
  });
  context.gpu.run({
    ...shared,
    entry: "attentionQueries",
    bindings: [batch.buffer, q, k, v, null, dq, dy, null, stats],
    workgroups: [blocks, heads],
  });
  context.gpu.run({
    ...shared,
    entry: "attentionKeys",
    bindings: [batch.buffer, q, k, v, null, dk, dy, null, stats, dv],
    workgroups: [blocks, k.shape[1] / headDim],
  });
  stats.dispose();
  return { dq, dk, dv };
};
