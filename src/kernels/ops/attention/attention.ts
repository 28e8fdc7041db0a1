import type { Rank, Tensor2D } from "@tensorflow/tfjs-core";
import { StudioError } from "../../../domain/errors.ts";
import type { Dispatch } from "../../runtime/gpu.ts";
import { shaderFile } from "../../runtime/shaders.ts";
import { activation, type AttentionForm, BATCH, type Context, grid, lanes } from "../../wgsl/context.ts";
import type { GpuBatch } from "../../wgsl/handles.ts";

const SHARED = shaderFile(new URL("./attention.shared.wgsl?no-inline", import.meta.url));
const BY_ROWS = shaderFile(new URL("./attention.rows.wgsl?no-inline", import.meta.url));
const BY_BLOCKS = shaderFile(new URL("./attention.blocks.wgsl?no-inline", import.meta.url));

/** Registers of the shaders hold this much of one head. */
const LARGEST_HEAD = 128;

const WHOLE = { file: shaderFile(new URL("./whole.wgsl?no-inline", import.meta.url)), split: 1 };
const QUARTERS = { file: shaderFile(new URL("./quarters.wgsl?no-inline", import.meta.url)), split: 4 };

/** Wider heads are split in quarters, where that is the form, and take one row a lane where it is not. */
const WIDE_HEAD = 64;
/** More rows a lane load less still, but software adapters then compile for seconds. */
const ROWS = 2;

/** What a workgroup takes by blocks, as attention.blocks.wgsl has it: rows (a token of one query head) of a key head, or keys of it. */
const BLOCK = { rows: 64, keys: 32 };
/** Heads of other widths are taken by rows. */
const BLOCKS_WIDTH = 32;

/** A form's pipelines, and how many workgroups a pass over queries takes, and one over keys. */
interface Plan {
  shared: Pick<Dispatch, "shader" | "sizes" | "constants">;
  queries: Dispatch["workgroups"];
  keys: Dispatch["workgroups"];
}

/** Numbers of query heads and of key heads. */
interface Heads {
  heads: number;
  kvHeads: number;
}

const byBlocks = ({ heads, kvHeads }: Heads, headDim: number, { tokens }: GpuBatch): Plan => ({
  shared: {
    shader: [BATCH, SHARED, BY_BLOCKS],
    sizes: { HEAD: headDim / 4, COLUMNS: headDim / BLOCKS_WIDTH },
    constants: { HEADS: heads, GROUP: heads / kvHeads, SCALE: headDim ** -0.5 },
  },
  queries: grid(Math.ceil((tokens * heads) / kvHeads / BLOCK.rows) * kvHeads),
  keys: grid(Math.ceil(tokens / BLOCK.keys) * kvHeads),
});

const byRows = (form: AttentionForm, { heads, kvHeads }: Heads, headDim: number, { tokens }: GpuBatch): Plan => {
  const { file, split } = form === "quarters" && headDim > WIDE_HEAD ? QUARTERS : WHOLE;
  const width = headDim / split;
  const rows = form === "row" || width > WIDE_HEAD ? 1 : ROWS;
  const workgroups = (count: number) => lanes(Math.ceil(tokens / rows) * count * split);
  return {
    shared: {
      shader: [file, BATCH, SHARED, BY_ROWS],
      sizes: { ROWS: rows, FOURS: width / 4, HEAD: headDim / 4 },
      constants: {
        HEADS: heads,
        GROUP: heads / kvHeads,
        SCALE: headDim ** -0.5,
        HEADS_INNER: form === "row" ? 0 : 1,
      },
    },
    queries: workgroups(heads),
    keys: workgroups(kvHeads),
  };
};

/** @throws StudioError `model-unsupported` for widths that no form takes */
const planFor = ({ variants }: Context, q: Tensor2D, k: Tensor2D, headDim: number, batch: GpuBatch): Plan => {
  if (headDim % 4 !== 0 || headDim > LARGEST_HEAD)
    throw new StudioError(
      "model-unsupported",
      `Attention heads are ${headDim} wide; the kernels need a multiple of 4 up to ${LARGEST_HEAD}.`,
      "Use a model of the Qwen3-Embedding family.",
    );
  const heads = { heads: q.shape[1] / headDim, kvHeads: k.shape[1] / headDim };
  if (variants.attention !== "blocks") return byRows(variants.attention, heads, headDim, batch);
  return headDim % BLOCKS_WIDTH === 0 ? byBlocks(heads, headDim, batch) : byRows("rows", heads, headDim, batch);
};

/** Causal GQA attention in each segment; see attention.shared.wgsl. q [capacity, heads·headDim], k and v [capacity, kvHeads·headDim]. */
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
  const { shared, queries } = planFor(context, q, k, headDim, batch);
  context.gpu.run({
    ...shared,
    entry: "attention",
    bindings: [batch.buffer, q, k, v, lse, y],
    workgroups: queries,
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
  const { shared, queries, keys } = planFor(context, q, k, headDim, batch);
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
    workgroups: queries,
  });
  context.gpu.run({
    ...shared,
    entry: "attentionKeys",
    bindings: [batch.buffer, q, k, v, null, dk, dy, null, stats, dv],
    workgroups: keys,
  });
  stats.dispose();
  return { dq, dk, dv };
};
