import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { at } from "../domain/present.ts";
import { createKernels, type KernelSession, type PackedBatch, type Variants } from "../kernels/index.ts";
import { requestDevice } from "../kernels/runtime/device.ts";
import { everywhere, isHalf, type Reduce } from "../kernels/wgsl/context.ts";
import { attentionFormsOf, linearFormsOf } from "../kernels/wgsl/variants.ts";
import type { FixtureTensor, FixtureTensors } from "./fixtures/load.ts";
import { numbers } from "./numbers.ts";
import { watched } from "./watchedSessions.ts";

export * from "./numbers.ts";

/** Every form that this device can run, by name: the reference path, and ours with each way of summing rows. */
export const forms: [string, KernelSession][] = [
  ["tfjs", await createKernels({ device: "tfjs", backends: ["webgpu"] })],
];
const reductions: Reduce[] = [
  "serial",
  "workgroup",
  ...(at(forms, 0)[1].device.features.subgroups ? (["subgroup"] as const) : []),
];
const own = async (name: string, variants: Partial<Variants>): Promise<[string, KernelSession]> => [
  `wgsl ${name}`,
  await createKernels({ device: "wgsl", variants }),
];
for (const reduce of reductions) forms.push(await own(reduce, { reduce }));
watched.push(...forms.map(([, session]) => session));

/** The adapter's word on its subgroups; forms behind a feature are tested only where the device has it. */
const adapterInfo = async (): Promise<GPUAdapterInfo> => {
  const { info, device } = await requestDevice();
  device.destroy();
  return info;
};

/** Every linear kernel that this device can run, with the bar that it is held to. */
export const linearForms = async (): Promise<[string, KernelSession, number][]> =>
  Promise.all(
    linearFormsOf(at(forms, 0)[1].device, await adapterInfo()).map(
      async (form): Promise<[string, KernelSession, number]> => [
        ...(await own(form, {
          linear: everywhere(form),
          reduce: form.startsWith("tile") ? "workgroup" : "serial",
        })),
        isHalf(form) ? 2e-3 : 1e-5, // factors of 11 bits
      ],
    ),
  );

/** Every form of attention that this device can run. */
export const attentionForms = async (): Promise<[string, KernelSession][]> =>
  Promise.all(
    attentionFormsOf(at(forms, 0)[1].device, await adapterInfo()).map((attention) => own(attention, { attention })),
  );

export const tfjs = at(forms, 0)[1].kernels;
/** Our shaders alone. */
export const ours = forms.slice(1);
/** For ops that sum no rows: the reference and one form of ours. */
export const pair = forms.slice(0, 2);

/** A fixture's tensor as a matrix of `rows` rows. */
export const matrix = (tensor: FixtureTensor, rows: number): Tensor2D =>
  tf.tensor2d(Float32Array.from(tensor.data), [rows, tensor.data.length / rows]);

export const get = (tensors: FixtureTensors, name: string): FixtureTensor => {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new Error(`the fixture has no ${name}`);
  return tensor;
};

export const randomMatrix = (rows: number, cols: number, seed: number): Tensor2D =>
  tf.tensor2d(numbers(rows * cols, seed), [rows, cols]);

/** The meaningful rows. */
export const rows = async (tensor: tf.Tensor, batch: PackedBatch): Promise<Float32Array> => {
  const data = (await tensor.data()) as Float32Array;
  return data.subarray(0, (data.length / tensor.shape[0]) * batch.tokens);
};

/** Largest difference, against the largest expected value (or `floor` where all are smaller). NaN and wrong lengths fail. */
const relativeError = (actual: ArrayLike<number>, expected: ArrayLike<number>, floor = 1e-30): number => {
  expect(actual.length).toBe(expected.length);
  let worst = 0;
  let scale = floor;
  for (let i = 0; i < expected.length; i++) {
    if (Number.isNaN(actual[i]!)) return NaN;
    worst = Math.max(worst, Math.abs(actual[i]! - expected[i]!));
    scale = Math.max(scale, Math.abs(expected[i]!));
  }
  return worst / scale;
};

/** The bar of single ops in float32: a few roundings of the largest value. */
const OP_TOLERANCE = 5e-6;

export const expectClose = (
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance = OP_TOLERANCE,
  floor?: number,
): void => {
  expect(relativeError(actual, expected, floor)).toBeLessThanOrEqual(tolerance);
};
