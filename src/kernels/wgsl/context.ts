import type { Tensor2D } from "@tensorflow/tfjs-core";
import { StudioError } from "../../domain/errors.ts";
import type { Gpu } from "../runtime/gpu.ts";
import { type ShaderFile, shaderFile } from "../runtime/shaders.ts";

/** How rows are summed: one lane a row, a workgroup through shared memory, or a workgroup with subgroup sums. */
export type Reduce = "serial" | "workgroup" | "subgroup";

/** A linear kernel through shared memory, by the tile of a workgroup: 64×64, 128×64 or 128×128. */
export type TileForm = "tile" | "tile128x64" | "tile128";
export const TILE_FORMS: readonly TileForm[] = ["tile", "tile128x64", "tile128"];

/**
 * A linear kernel: `register8` and `register16` tiles without barriers, `quad16` the same where subgroups are four lanes, tiles
 * through shared memory, and those with f16 factors (f32 sums; not the same numbers, so asked for by name).
 */
export type LinearForm = "register8" | "register16" | "quad16" | TileForm | HalfForm;
export type HalfForm = `${TileForm}-f16`;
export const HALF_FORMS: readonly HalfForm[] = TILE_FORMS.map((form): HalfForm => `${form}-f16`);

/** Whether a form, or its name, multiplies factors of 11 bits. */
export const isHalf = (form: string): boolean => form.endsWith("-f16");

/**
 * What a lane of attention takes: one `row` of a head; two `rows` (fewer loads, more registers: software adapters); those, with
 * wide heads split in `quarters` among subgroups of four lanes; or its part of `blocks` of queries and keys in shared memory (cards).
 */
export type AttentionForm = "row" | "rows" | "quarters" | "blocks";

/** By the tokens of a batch: fewer than `FEW_TOKENS`, fewer than `MANY_TOKENS`, and the rest. */
export type LinearForms = Record<"few" | "some" | "many", LinearForm>;

/** Which form of each kernel runs. All but those of `forward` give the same numbers up to the order of sums. */
export interface Variants {
  reduce: Reduce;
  linear: LinearForms;
  /** Mixed precision: the forms of the forward products with frozen weights. Absent: as `linear`. */
  forward?: LinearForms;
  attention: AttentionForm;
}

/** Below this, tall tiles compute rows that nobody asked for. */
export const FEW_TOKENS = 64;
/** Below this, large tiles are too few for all of a card: 512 tokens of 1,024 columns make 32 of 128×128. */
export const MANY_TOKENS = 1024;

/** The form for so many tokens. */
export const linearFormFor = ({ few, some, many }: LinearForms, tokens: number): LinearForm =>
  tokens < FEW_TOKENS ? few : tokens < MANY_TOKENS ? some : many;

/** One form for any number of tokens. */
export const everywhere = (form: LinearForm): LinearForms => ({ few: form, some: form, many: form });

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

/** The bits of a float32, for a field of a uniform. */
export const floatBits = (value: number): number => {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  return view.getUint32(0);
};

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
export const activation = ({ gpu }: Context, rows: number, width: number): Tensor2D => gpu.tensor<tf2>([rows, width]);
type tf2 = import("@tensorflow/tfjs-core").Rank.R2;
