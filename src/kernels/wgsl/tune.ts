import * as tf from "@tensorflow/tfjs-core";
import { at } from "../../domain/present.ts";
import type { DeviceReport } from "../../domain/training/types.ts";
import type { Gpu } from "../runtime/gpu.ts";
import { FEW_TOKENS, type LinearForm, type Variants } from "./context.ts";
import { linearForms } from "./variants.ts";
import { wgslKernels } from "./wgsl-kernels.ts";

/** Where choices outlive the page, by a key that names the adapter. */
export interface TuningCache {
  read(key: string): Promise<string | null>;
  write(key: string, value: string): Promise<void>;
}

/** Kept for as long as this module lives. */
const remembered = new Map<string, string>();

/** Raised when the kernels change, so that old choices are forgotten. */
const GENERATION = 2;

/** The timed problem: a square projection of the smallest width that fills a GPU; software adapters are full sooner. */
const widthFor = ({ slow }: DeviceReport): number => (slow ? 128 : 512);
const SHAPES = { few: FEW_TOKENS / 2, many: 4 * FEW_TOKENS } as const;
const REPEATS = 3;

const milliseconds = async (
  gpu: Gpu,
  variants: Variants,
  linear: LinearForm,
  tokens: number,
  width: number,
): Promise<number> => {
  const kernels = wgslKernels({ gpu, variants: { ...variants, linear: { few: linear, many: linear } } });
  const batch = kernels.packedBatch([new Array<number>(tokens).fill(0)], tokens);
  const weight = kernels.frozenMatrix(new Uint8Array(2 * width * width), "BF16", width, width);
  const x = tf.zeros<tf.Rank.R2>([tokens, width]);
  let best = Infinity;
  for (let i = 0; i <= REPEATS; i++) {
    await kernels.finish();
    const start = performance.now();
    tf.dispose([kernels.linear(x, weight, null, batch), kernels.linearBackward(x, x, weight, null, batch)]);
    await kernels.finish();
    if (i > 0) best = Math.min(best, performance.now() - start); // the first run compiles
  }
  tf.dispose(x);
  weight.dispose();
  batch.dispose();
  return best;
};

/** The fastest linear kernel per shape class on this device, from the cache or timed now (well under a second on a GPU). */
export const tuneLinear = async (
  gpu: Gpu,
  report: DeviceReport,
  info: GPUAdapterInfo,
  variants: Variants,
  cache?: TuningCache,
): Promise<Variants["linear"]> => {
  const forms = linearForms(report, info);
  const key = `linear ${GENERATION} ${report.adapter} ${forms.join()}`;
  const known = (remembered.get(key) ?? (await cache?.read(key)) ?? "").split(" ") as LinearForm[];
  if (known.length === 2 && known.every((form) => forms.includes(form)))
    return { few: at(known, 0), many: at(known, 1) };
  const fastest = async (tokens: number): Promise<LinearForm> => {
    const times = [];
    for (const form of forms)
      times.push({ form, ms: await milliseconds(gpu, variants, form, tokens, widthFor(report)) });
    return times.reduce((best, next) => (next.ms < best.ms ? next : best)).form;
  };
  const choice = { few: await fastest(SHAPES.few), many: await fastest(SHAPES.many) };
  remembered.set(key, `${choice.few} ${choice.many}`);
  await cache?.write(key, `${choice.few} ${choice.many}`);
  return choice;
};
