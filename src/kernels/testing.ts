import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { afterEach, expect } from "vitest";
import type { FixtureTensor, FixtureTensors } from "../fixtures/load.ts";
import { createKernels, type KernelSession, type PackedBatch } from "./index.ts";
import type { Reduce } from "./wgsl/context.ts";

/** Every form that this device can run, by name: the reference path, and ours with each way of summing rows. */
export const forms: [string, KernelSession][] = [
  ["plain", await createKernels({ device: "plain", backends: ["webgpu"] })],
];
const reductions: Reduce[] = [
  "serial",
  "workgroup",
  ...(forms[0]![1].device.features.subgroups ? (["subgroup"] as const) : []),
];
for (const reduce of reductions)
  forms.push([`wgsl ${reduce}`, await createKernels({ device: "wgsl", variants: { reduce } })]);

// A rejected shader or command does not throw, it leaves zeros: every test asks the device.
afterEach(() => {
  for (const [, session] of forms) expect(session.failure()).toBeNull();
});

export const plain = forms[0]![1].kernels;
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

/** Little-endian float32 bytes. */
export const f32Bytes = (values: ArrayLike<number>): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);

/** The upper halves of float32, which is BF16 rounded towards zero: bytes, and the values they stand for. */
export const bf16 = (values: Float32Array): { bytes: Uint8Array; values: Float32Array } => {
  const bits = new Uint32Array(Float32Array.from(values).buffer);
  const bytes = new Uint8Array(Uint16Array.from(bits, (word) => word >>> 16).buffer);
  return { bytes, values: new Float32Array(bits.map((word) => word & 0xffff0000).buffer) };
};

/** Seeded numbers in [-1, 1), the same on every run. */
export const numbers = (length: number, seed: number): Float32Array => {
  let state = seed >>> 0;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
};
export const randomMatrix = (rows: number, cols: number, seed: number): Tensor2D =>
  tf.tensor2d(numbers(rows * cols, seed), [rows, cols]);

/** Sequences of these lengths with arbitrary ids below `vocabulary`. */
export const sequences = (lengths: readonly number[], vocabulary = 64): number[][] => {
  let id = 0;
  return lengths.map((length) => Array.from({ length }, () => (id = (id * 31 + 7) % vocabulary)));
};

/** The meaningful rows. */
export const rows = async (tensor: tf.Tensor, batch: PackedBatch): Promise<Float32Array> => {
  const data = (await tensor.data()) as Float32Array;
  return data.subarray(0, (data.length / tensor.shape[0]!) * batch.tokens);
};

/** Largest difference, against the largest expected value (or `floor` where all are smaller). NaN and wrong lengths fail. */
export const relativeError = (actual: ArrayLike<number>, expected: ArrayLike<number>, floor = 1e-30): number => {
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
export const OP_TOLERANCE = 5e-6;

export const expectClose = (
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance = OP_TOLERANCE,
  floor?: number,
): void => {
  expect(relativeError(actual, expected, floor)).toBeLessThanOrEqual(tolerance);
};
