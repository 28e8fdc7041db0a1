import type { Tensor2D } from "@tensorflow/tfjs-core";
import { StudioError } from "../../domain/errors.ts";
import type { Gpu } from "../runtime/gpu.ts";
import { type ShaderFile, shaderFile } from "../runtime/shaders.ts";

/** How rows are summed: one lane a row, a workgroup through shared memory, or a workgroup with subgroup sums. */
export type Reduce = "serial" | "workgroup" | "subgroup";

/** Which form of each kernel runs. All forms give the same numbers up to the order of sums. */
export interface Variants {
  reduce: Reduce;
}

/** What every op needs: the device, and the forms chosen for it. */
export interface Context {
  gpu: Gpu;
  variants: Variants;
}

export const BATCH = shaderFile(new URL("../ops/shared/batch.wgsl?no-inline", import.meta.url));
export const WEIGHTS = shaderFile(new URL("../ops/shared/weights.wgsl?no-inline", import.meta.url));

const REDUCE: Record<Reduce, { file: ShaderFile; rows: number }> = {
  serial: { file: shaderFile(new URL("../ops/shared/reduce.serial.wgsl?no-inline", import.meta.url)), rows: 64 },
  workgroup: { file: shaderFile(new URL("../ops/shared/reduce.workgroup.wgsl?no-inline", import.meta.url)), rows: 1 },
  subgroup: { file: shaderFile(new URL("../ops/shared/reduce.subgroup.wgsl?no-inline", import.meta.url)), rows: 1 },
};

/** The chosen row sum, and the rows that one workgroup takes. */
export const reduction = ({ variants }: Context) => REDUCE[variants.reduce];

/** A grid of at least `count` workgroups within the limit of one dimension; shaders number them `y · width + x`. */
export const grid = (count: number): [number, number] => {
  const height = Math.ceil(count / 65535);
  return [Math.ceil(count / height), height];
};

/** Workgroups of 64 lanes for `lanes` lanes. */
export const lanes = (count: number): [number, number] => grid(Math.ceil(count / 64));

/** Shaders read four columns at once. */
export const checkWidth = (width: number, what: string): number => {
  if (width % 4 !== 0)
    throw new StudioError(
      "model-unsupported",
      `${what} is ${width} wide; the kernels need a multiple of 4.`,
      "Use a model of the Qwen3-Embedding family.",
    );
  return width;
};

/** A new activation as wide as `width`, for the rows of `like`. */
export const activation = ({ gpu }: Context, rows: number, width: number): Tensor2D =>
  gpu.tensor<tf2>([rows, width]) as Tensor2D;
type tf2 = import("@tensorflow/tfjs-core").Rank.R2;
