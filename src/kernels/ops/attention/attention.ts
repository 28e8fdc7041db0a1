import type { Rank, Tensor2D } from "@tensorflow/tfjs-core";
import { StudioError } from "../../../domain/errors.ts";
import { shaderFile } from "../../runtime/shaders.ts";
import { activation, BATCH, type Context, lanes } from "../../wgsl/context.ts";
import type { GpuBatch } from "../../wgsl/handles.ts";

const SHADER = shaderFile(new URL("./attention.wgsl?no-inline", import.meta.url));

/** Registers of the shader hold this much of one head. */
const LARGEST_HEAD = 128;

const WHOLE = { file: shaderFile(new URL("./whole.wgsl?no-inline", import.meta.url)), split: 1 };
const QUARTERS = { file: shaderFile(new URL("./quarters.wgsl?no-inline", import.meta.url)), split: 4 };

/** Wider heads are split in quarters, where that is the form, and take one row a lane where it is not. */
const WIDE_HEAD = 64;
/** More rows a lane load less still, but software adapters then compile for seconds. */
const ROWS = 2;

/** What both directions share, and the workgroups for `heads` heads of either kind. */
const setUp = ({ variants }: Context, q: Tensor2D, k: Tensor2D, headDim: number, batch: GpuBatch) => {
  if (headDim % 4 !== 0 || headDim > LARGEST_HEAD)
    throw new StudioError(
      "model-unsupported",
      `Attention heads are ${headDim} wide; the kernels need a multiple of 4 up to ${LARGEST_HEAD}.`,
      "Use a model of the Qwen3-Embedding family.",
    );
  const { file, split } = variants.attention === "quarters" && headDim > WIDE_HEAD ? QUARTERS : WHOLE;
  const width = headDim / split;
  const rows = variants.attention === "row" || width > WIDE_HEAD ? 1 : ROWS;
  return {
    shared: {
      shader: [file, BATCH, SHADER],
      sizes: { ROWS: rows, FOURS: width / 4 },
      constants: {
        HEADS: q.shape[1] / headDim,
        GROUP: q.shape[1] / k.shape[1],
        SCALE: headDim ** -0.5,
        HEADS_INNER: variants.attention === "row" ? 0 : 1,
      },
    },
    workgroups: (heads: number) => lanes(Math.ceil(batch.tokens / rows) * heads * split),
  };
};

/** Causal GQA attention in each segment; see attention.wgsl. q [capacity, heads·headDim], k and v [capacity, kvHeads·headDim]. */
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
  const { shared, workgroups } = setUp(context, q, k, headDim, batch);
  context.gpu.run({
    ...shared,
    entry: "attention",
    bindings: [batch.buffer, q, k, v, lse, y],
    workgroups: workgroups(heads),
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
  const { shared, workgroups } = setUp(context, q, k, headDim, batch);
  context.gpu.run({
    ...shared,
    entry: "attentionStats",
    bindings: [batch.buffer, null, null, null, lse, null, dy, y, stats],
    workgroups: lanes(batch.tokens * heads),
  });
  context.gpu.run({
    ...shared,
    entry: "attentionQueries",
    bindings: [batch.buffer, q, k, v, null, dq, dy, null, stats],
    workgroups: workgroups(heads),
  });
  context.gpu.run({
    ...shared,
    entry: "attentionKeys",
    bindings: [batch.buffer, q, k, v, null, dk, dy, null, stats, dv],
    workgroups: workgroups(k.shape[1] / headDim),
  });
  stats.dispose();
  return { dq, dk, dv };
};
