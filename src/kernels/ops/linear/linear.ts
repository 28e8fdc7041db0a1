import type { Tensor2D } from "@tensorflow/tfjs-core";
import { StudioError } from "../../../domain/errors.ts";
import { type ShaderFile, shaderFile } from "../../runtime/shaders.ts";
import type { LoraRef } from "../../types.ts";
import {
  activation,
  BATCH,
  checkWidth,
  type Context,
  FEW_TOKENS,
  floatBits,
  grid,
  type LinearForm,
  WEIGHTS,
} from "../../wgsl/context.ts";
import type { GpuBatch, GpuMatrix } from "../../wgsl/handles.ts";
import type { GpuParameterStore } from "../../wgsl/parameter-store.ts";
import { loraDown, loraGradient, loraUpstream } from "./lora.ts";

const SHARED = shaderFile(new URL("./linear.shared.wgsl?no-inline", import.meta.url));
const REGISTER = shaderFile(new URL("./linear.register.wgsl?no-inline", import.meta.url));
const QUAD = shaderFile(new URL("./linear.quad.wgsl?no-inline", import.meta.url));
const TILE = shaderFile(new URL("./linear.tile.wgsl?no-inline", import.meta.url));
const SUBGROUPS = shaderFile(new URL("../shared/subgroups.wgsl?no-inline", import.meta.url));
const F32 = shaderFile(new URL("../shared/multiply.f32.wgsl?no-inline", import.meta.url));
const F16 = shaderFile(new URL("../shared/multiply.f16.wgsl?no-inline", import.meta.url));

/** The files of each form, the rows and columns of one tile, and the tiles of one workgroup. */
const FORMS: Record<
  LinearForm,
  { before: readonly ShaderFile[]; main: ShaderFile; rows: number; columns: number; tiles: number }
> = {
  register8: { before: [], main: REGISTER, rows: 8, columns: 8, tiles: 64 },
  register16: { before: [], main: REGISTER, rows: 16, columns: 8, tiles: 64 },
  quad8: { before: [SUBGROUPS], main: QUAD, rows: 8, columns: 32, tiles: 16 },
  quad16: { before: [SUBGROUPS], main: QUAD, rows: 16, columns: 32, tiles: 16 },
  tile: { before: [F32], main: TILE, rows: 64, columns: 64, tiles: 1 },
  tile16: { before: [F16], main: TILE, rows: 64, columns: 64, tiles: 1 },
};

/** The chosen form, or the nearest that takes these widths: the quads want an inner width of 16s. */
const formFor = (chosen: LinearForm, inner: number): LinearForm => {
  if (inner % 16 === 0) return chosen;
  return chosen === "quad8" ? "register8" : chosen === "quad16" ? "register16" : chosen;
};

const only = ({ shards }: GpuMatrix): GPUBuffer => {
  if (shards.length !== 1)
    throw new StudioError(
      "adapter-too-small",
      "One layer's weights are larger than a binding of this graphics adapter.",
      "Take a smaller model or another GPU.",
    );
  return shards[0]!.buffer;
};

const multiply = (
  context: Context,
  entry: "linear" | "linearBackward",
  x: Tensor2D,
  weight: GpuMatrix,
  lora: { z: Tensor2D; ab: GPUBufferBinding; rank: number; scaling: number } | null,
  batch: GpuBatch,
  addend: Tensor2D | undefined,
): Tensor2D => {
  const width = entry === "linear" ? weight.rows : weight.cols;
  const result = activation(context, batch.capacity, width);
  const { few, many } = context.variants.linear;
  const form = FORMS[formFor(batch.tokens < FEW_TOKENS ? few : many, entry === "linear" ? weight.cols : weight.rows)];
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
    shader: [...form.before, BATCH, WEIGHTS, SHARED, form.main],
    sizes: { ROWS: form.rows },
    entry,
    constants: { DTYPE: weight.dtype },
    bindings: [
      batch.buffer,
      x,
      only(weight),
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

/** y = x·Wᵀ + scaling·(x·Aᵀ)·Bᵀ + residual; see linear.shared.wgsl. x [capacity, in] → [capacity, out]. */
export const linear = (
  context: Context,
  x: Tensor2D,
  weight: GpuMatrix,
  lora: LoraRef | null,
  batch: GpuBatch,
  residual?: Tensor2D,
): Tensor2D => {
  if (lora === null) return multiply(context, "linear", x, weight, null, batch, residual);
  const store = lora.store as GpuParameterStore;
  const rank = store.shape(lora.a)[0];
  const z = loraDown(context, x, store.slice("values", lora.a), rank, batch);
  const y = multiply(
    context,
    "linear",
    x,
    weight,
    { z, ab: store.slice("values", lora.b), rank, scaling: lora.scaling },
    batch,
    residual,
  );
  z.dispose();
  return y;
};

/** dx = dy·W + dz·A + addTo; adds dA and dB to the store. dy [capacity, out], x [capacity, in] → [capacity, in]. */
export const linearBackward = (
  context: Context,
  dy: Tensor2D,
  x: Tensor2D,
  weight: GpuMatrix,
  lora: LoraRef | null,
  batch: GpuBatch,
  addTo?: Tensor2D,
): Tensor2D => {
  if (lora === null) return multiply(context, "linearBackward", dy, weight, null, batch, addTo);
  const store = lora.store as GpuParameterStore;
  const rank = store.shape(lora.a)[0];
  const z = loraDown(context, x, store.slice("values", lora.a), rank, batch);
  const dz = loraUpstream(context, dy, store.slice("values", lora.b), rank, lora.scaling, batch);
  const dx = multiply(
    context,
    "linearBackward",
    dy,
    weight,
    { z: dz, ab: store.slice("values", lora.a), rank, scaling: 1 },
    batch,
    addTo,
  );
  loraGradient(context, dz, x, store.slice("gradients", lora.a), 1, batch);
  loraGradient(context, dy, z, store.slice("gradients", lora.b), lora.scaling, batch);
  z.dispose();
  dz.dispose();
  return dx;
};
