/** Small problems with random input, drawn by a seed, that a kernel form is checked and timed with. */
import * as tf from "@tensorflow/tfjs-core";
import type { Kernels } from "../types.ts";

/** Uniform in [−1, 1), the same on every run. */
const random = (length: number, seed: number): Float32Array<ArrayBuffer> => {
  let state = seed >>> 0;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
};
const matrix = (rows: number, cols: number, seed: number): tf.Tensor2D =>
  tf.tensor2d(random(rows * cols, seed), [rows, cols]);

/** Random BF16 in ±1/√cols. */
const weightBytes = (rows: number, cols: number, seed: number): Uint8Array => {
  const words = new Uint32Array(random(rows * cols, seed).map((value) => value / Math.sqrt(cols)).buffer);
  return new Uint8Array(Uint16Array.from(words, (word) => word >>> 16).buffer);
};

/** One kernel's problem on a device: everything it needs, one run, and what to give back. */
export interface Probe {
  /** Forward and backward once; the caller disposes the results. */
  run(): tf.Tensor[];
  dispose(): void;
}

/** y = x·Wᵀ and its backward with LoRA of rank 8, W `[outputs, inputs]`. */
export const linearProbe = (kernels: Kernels, tokens: number, inputs: number, outputs: number, seed = 0): Probe => {
  const weight = kernels.frozenMatrix(weightBytes(outputs, inputs, seed + 1), "BF16", outputs, inputs);
  const batch = kernels.packedBatch([new Int32Array(tokens)], tokens);
  const store = kernels.parameterStore([
    { name: "a", shape: [8, inputs] },
    { name: "b", shape: [outputs, 8] },
  ]);
  store.write(
    new Map([
      ["a", random(8 * inputs, seed + 2)],
      ["b", random(outputs * 8, seed + 3)],
    ]),
  );
  const lora = { store, a: "a", b: "b", scaling: 1 / 8 };
  const [x, dy] = [matrix(tokens, inputs, seed + 4), matrix(tokens, outputs, seed + 5)];
  return {
    run: () => [kernels.linear(x, weight, lora, batch), kernels.linearBackward(dy, x, weight, lora, batch)],
    dispose() {
      tf.dispose([x, dy]);
      for (const item of [weight, batch, store]) item.dispose();
    },
  };
};

/** Attention over texts of these lengths and its backward, two query heads a key head. */
export const attentionProbe = (
  kernels: Kernels,
  lengths: readonly number[],
  heads: number,
  headDim: number,
  seed = 0,
): Probe => {
  const tokens = lengths.reduce((sum, length) => sum + length, 0);
  const batch = kernels.packedBatch(
    lengths.map((length) => new Int32Array(length)),
    tokens,
  );
  const [q, dy] = [matrix(tokens, heads * headDim, seed + 6), matrix(tokens, heads * headDim, seed + 7)];
  const [k, v] = [matrix(tokens, (heads / 2) * headDim, seed + 8), matrix(tokens, (heads / 2) * headDim, seed + 9)];
  return {
    run: () => {
      const { y, lse } = kernels.attention(q, k, v, headDim, batch);
      const { dq, dk, dv } = kernels.attentionBackward(dy, q, k, v, y, lse, headDim, batch);
      return [y, lse, dq, dk, dv];
    },
    dispose() {
      tf.dispose([q, dy, k, v]);
      batch.dispose();
    },
  };
};

/** RMSNorm and its backward, which sum rows. */
export const reduceProbe = (kernels: Kernels, tokens: number, width: number, seed = 0): Probe => {
  const batch = kernels.packedBatch([new Int32Array(tokens)], tokens);
  const weight = kernels.frozenVector(new Uint8Array(random(width, seed + 10).buffer), "F32", width);
  const [x, dy] = [matrix(tokens, width, seed + 11), matrix(tokens, width, seed + 12)];
  return {
    run: () => [kernels.rmsNorm(x, weight, 1e-6, batch), kernels.rmsNormBackward(dy, x, weight, 1e-6, batch)],
    dispose() {
      tf.dispose([x, dy]);
      for (const item of [weight, batch]) item.dispose();
    },
  };
};
