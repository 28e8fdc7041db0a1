import type { Tensor2D } from "@tensorflow/tfjs-core";
import { type ShaderFile, shaderFile } from "../../runtime/shaders.ts";
import {
  activation,
  BATCH,
  checkWidth,
  type Context,
  floatBits,
  grid,
  type LinearForm,
  linearFormFor,
  type LinearForms,
  WEIGHTS,
} from "../../wgsl/context.ts";
import type { GpuBatch } from "../../wgsl/handles.ts";

const SHARED = shaderFile(new URL("./linear.shared.wgsl?no-inline", import.meta.url));
const REGISTER = shaderFile(new URL("./linear.register.wgsl?no-inline", import.meta.url));
const QUAD = shaderFile(new URL("./linear.quad.wgsl?no-inline", import.meta.url));
const TILE = shaderFile(new URL("./linear.tile.wgsl?no-inline", import.meta.url));
export const SUBGROUPS = shaderFile(new URL("../shared/subgroups.wgsl?no-inline", import.meta.url));
const F32 = shaderFile(new URL("../shared/multiply.f32.wgsl?no-inline", import.meta.url));
const F16 = shaderFile(new URL("../shared/multiply.f16.wgsl?no-inline", import.meta.url));

interface Form {
  files: readonly ShaderFile[];
  main: ShaderFile;
  /** What `main` is unrolled by. */
  sizes: Record<string, number>;
  /** Rows and columns of one tile, and the tiles of one workgroup. */
  rows: number;
  columns: number;
  tiles: number;
}
const register = (rows: number): Form => ({
  files: [],
  main: REGISTER,
  sizes: { ROWS: rows },
  rows,
  columns: 8,
  tiles: 64,
});
const quad = (rows: number, fours: number): Form => ({
  files: [SUBGROUPS],
  main: QUAD,
  sizes: { ROWS: rows, FOURS: fours },
  rows,
  columns: 16 * fours,
  tiles: 16,
});
/** A round of `step` inner values of both sides takes 16 KiB of shared memory at most, the least that a device has. */
const tile = (factors: ShaderFile, down: number, across: number, step: number): Form => ({
  files: [factors],
  main: TILE,
  sizes: { DOWN: down, ACROSS: across, STEP: step },
  rows: 64 * down,
  columns: 64 * across,
  tiles: 1,
});

const FORMS: Record<LinearForm | "quadNarrow", Form> = {
  register8: register(8),
  register16: register(16),
  quad16: quad(16, 2),
  quadNarrow: quad(8, 1),
  tile: tile(F32, 1, 1, 32),
  tile128x64: tile(F32, 2, 1, 16),
  tile128: tile(F32, 2, 2, 16),
  "tile-f16": tile(F16, 1, 1, 32),
  "tile128x64-f16": tile(F16, 2, 1, 16),
  "tile128-f16": tile(F16, 2, 2, 16),
};

/** The chosen form, or the nearest that takes these widths: the quads want an inner width of 16s, and narrow results a narrow tile. */
const formFor = (chosen: LinearForm, inner: number, width: number): Form => {
  if (chosen !== "quad16") return FORMS[chosen];
  if (inner % 16 !== 0) return FORMS.register16;
  return width <= FORMS.quadNarrow.columns ? FORMS.quadNarrow : FORMS.quad16;
};

/** A matrix `[rows, cols]` as the shaders bind it. */
export interface Matrix {
  binding: GPUBufferBinding;
  rows: number;
  cols: number;
  /** As `DTYPE` in weights.wgsl. */
  dtype: number;
}

export interface ProductOptions {
  /** z [capacity, rank] times B or A, scaled, is added. */
  lora?: { z: Tensor2D; ab: GPUBufferBinding; rank: number; scaling: number };
  /** Added to the result. */
  addend?: Tensor2D;
  /** Instead of the context's. */
  forms?: LinearForms;
}

/**
 * `linear`: x·Wᵀ, [capacity, cols] → [capacity, rows]. `linearBackward`: x·W, [capacity, rows] → [capacity, cols].
 * See linear.shared.wgsl. Only the batch's tokens are computed.
 */
export const product = (
  context: Context,
  entry: "linear" | "linearBackward",
  x: Tensor2D,
  weight: Matrix,
  batch: GpuBatch,
  { lora, addend, forms = context.variants.linear }: ProductOptions = {},
): Tensor2D => {
  const [inner, width] = entry === "linear" ? [weight.cols, weight.rows] : [weight.rows, weight.cols];
  const form = formFor(linearFormFor(forms, batch.tokens), inner, width);
  const result = activation(context, batch.capacity, width);
  const sizes = [
    checkWidth(weight.cols, "A weight matrix"),
    checkWidth(weight.rows, "A weight matrix"),
    lora?.rank ?? 0,
    addend === undefined ? 0 : 1,
    floatBits(lora?.scaling ?? 0),
    0,
    0,
    0,
  ];
  // Bindings that these sizes leave unused must still be bound.
  const unused = batch.buffer;
  context.gpu.run({
    shader: [...form.files, BATCH, WEIGHTS, SHARED, form.main],
    sizes: form.sizes,
    entry,
    constants: { DTYPE: weight.dtype },
    bindings: [
      batch.buffer,
      x,
      weight.binding,
      result,
      lora?.z ?? unused,
      lora?.ab ?? unused,
      addend ?? unused,
      context.gpu.uniform(sizes),
    ],
    workgroups: grid(Math.ceil((Math.ceil(batch.tokens / form.rows) * Math.ceil(width / form.columns)) / form.tiles)),
  });
  return result;
};
