import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { at, entry } from "../../../domain/present.ts";
import { f32ToF16 } from "../../../domain/safetensors/index.ts";
import { fixtureTensors } from "../../../testing/fixtures/load.ts";
import {
  bf16,
  expectClose,
  f32Bytes,
  linearForms,
  get,
  matrix,
  numbers,
  pair,
  randomMatrix,
  rows,
  sequences,
} from "../../../testing/kernels.ts";
import { longTests } from "../../../testing/longTests.ts";
import type { KernelSession } from "../../index.ts";
import type { Kernels } from "../../types.ts";
import { isHalf } from "../../wgsl/context.ts";

/** Every form of ours; compiling one takes a software adapter seconds, and 128×64 tiles are the text of the two others. */
const own = (await linearForms()).filter(([name]) => longTests || name !== "wgsl tile128x64");
const tiles = own
  .filter(([name]) => name.startsWith("wgsl tile") && !isHalf(name))
  .map(([name, session]): [string, KernelSession] => [name, session]);
const fixture = await fixtureTensors("ops/lora_linear.safetensors");

/** A store with one adapter, A and B filled. */
const adapter = (
  kernels: Kernels,
  rank: number,
  inputs: number,
  outputs: number,
  a: Float32Array,
  b: Float32Array,
  scaling: number,
) => {
  const store = kernels.parameterStore([
    { name: "other", shape: [3, 5] },
    { name: "a", shape: [rank, inputs] },
    { name: "b", shape: [outputs, rank] },
  ]);
  store.write(
    new Map([
      ["a", a],
      ["b", b],
    ]),
  );
  return { store, a: "a", b: "b", scaling };
};

describe.each([...pair, ...(longTests ? tiles : [])])("linear with LoRA, %s", (_name, { kernels }) => {
  it("equals the fixture, forward and backward, and adds its gradients", async () => {
    const batch = kernels.packedBatch(sequences([4, 7]), 11);
    const weight = kernels.frozenMatrix(f32Bytes(get(fixture, "weight").data), "F32", 96, 64);
    const lora = adapter(
      kernels,
      4,
      64,
      96,
      Float32Array.from(get(fixture, "a").data),
      Float32Array.from(get(fixture, "b").data),
      at(get(fixture, "scaling").data, 0),
    );
    const [x, dy] = [matrix(get(fixture, "x"), 11), matrix(get(fixture, "dy"), 11)];
    expectClose(await rows(kernels.linear(x, weight, lora, batch), batch), get(fixture, "y").data);
    for (const times of [1, 2]) {
      expectClose(await rows(kernels.linearBackward(dy, x, weight, lora, batch), batch), get(fixture, "dx").data);
      const gradients = await lora.store.read("gradients");
      expectClose(
        entry(gradients, "a"),
        Float32Array.from(get(fixture, "da").data, (value) => times * value),
      );
      expectClose(
        entry(gradients, "b"),
        Float32Array.from(get(fixture, "db").data, (value) => times * value),
      );
      expect(entry(gradients, "other").every((value) => value === 0)).toBe(true);
    }
  });

  it("adds the residual forward and the given gradient backward, without LoRA too", async () => {
    const batch = kernels.packedBatch(sequences([11]), 11);
    const weight = kernels.frozenMatrix(f32Bytes(get(fixture, "weight").data), "F32", 96, 64);
    const [x, dy, residual, addTo] = [
      matrix(get(fixture, "x"), 11),
      matrix(get(fixture, "dy"), 11),
      randomMatrix(11, 96, 1),
      randomMatrix(11, 64, 2),
    ];
    const w = matrix(get(fixture, "weight"), 96);
    expectClose(
      await rows(kernels.linear(x, weight, null, batch, residual), batch),
      await tf.add(tf.matMul(x, w, false, true), residual).data(),
    );
    expectClose(
      await rows(kernels.linearBackward(dy, x, weight, null, batch, addTo), batch),
      await tf.add(tf.matMul(dy, w), addTo).data(),
    );
  });

  it("is exact on LoRA's upstream product at K = 3072, where tfjs' split-K matmul is wrong", async () => {
    const [tokens, outputs, rank] = [64, 3072, 16];
    const batch = kernels.packedBatch(sequences([tokens]), tokens);
    const weight = kernels.frozenMatrix(new Uint8Array(2 * 64 * outputs), "BF16", outputs, 64);
    const [a, b, dy] = [numbers(rank * 64, 1), numbers(outputs * rank, 2), numbers(tokens * outputs, 3)];
    const lora = adapter(kernels, rank, 64, outputs, a, b, 1);
    const dx = await rows(
      kernels.linearBackward(tf.tensor2d(dy, [tokens, outputs]), randomMatrix(tokens, 64, 4), weight, lora, batch),
      batch,
    );
    const dz = Float64Array.from({ length: tokens * rank }, (_, i) => {
      let sum = 0;
      for (let n = 0; n < outputs; n++)
        sum += at(dy, Math.floor(i / rank) * outputs + n) * at(b, n * rank + (i % rank));
      return sum;
    });
    const expected = Float64Array.from({ length: tokens * 64 }, (_, i) => {
      let sum = 0;
      for (let r = 0; r < rank; r++) sum += at(dz, Math.floor(i / 64) * rank + r) * at(a, r * 64 + (i % 64));
      return sum;
    });
    expectClose(dx, expected, 1e-5);
  });
});

it.runIf(longTests).each(tiles)("unpacks every type of weights alike, %s", async (_name, { kernels }) => {
  const [tokens, inputs, outputs] = [65, 100, 144];
  // Eighths up to two, which each type holds.
  const eighths = Float32Array.from({ length: outputs * inputs }, (_, i) => (((i * 7) % 33) - 16) / 8);
  const batch = kernels.packedBatch(sequences([tokens]), tokens);
  const [x, dy] = [randomMatrix(tokens, inputs, 1), randomMatrix(tokens, outputs, 2)];
  const results = async (type: "BF16" | "F16" | "F32", bytes: Uint8Array) => {
    const weight = kernels.frozenMatrix(bytes, type, outputs, inputs);
    const [y, dx] = [kernels.linear(x, weight, null, batch), kernels.linearBackward(dy, x, weight, null, batch)];
    return [await y.data(), await dx.data()];
  };
  const expected = await results("F32", f32Bytes(eighths));
  expect(await results("BF16", bf16(eighths).bytes)).toEqual(expected);
  expect(await results("F16", new Uint8Array(f32ToF16(eighths).buffer))).toEqual(expected);
});

describe("tfjs' own matmul on our backend", () => {
  it("is right on [64, 3072]·[16, 3072]ᵀ, because the split-K program is switched off", async () => {
    const [dy, b] = [numbers(64 * 3072, 5), numbers(16 * 3072, 6)];
    const expected = Float64Array.from({ length: 64 * 16 }, (_, i) => {
      let sum = 0;
      for (let n = 0; n < 3072; n++) sum += at(dy, Math.floor(i / 16) * 3072 + n) * at(b, (i % 16) * 3072 + n);
      return sum;
    });
    expectClose(
      await tf.matMul(tf.tensor2d(dy, [64, 3072]), tf.tensor2d(b, [16, 3072]), false, true).data(),
      expected,
      1e-5,
    );
  });
});

/** Row-major matrix products in float64: `a·b`, `a·bᵀ` and `aᵀ·b`. */
interface Matrix64 {
  data: ArrayLike<number>;
  cols: number;
}
const product = (a: Matrix64, b: Matrix64, transposed: "" | "a" | "b" = ""): Matrix64 => {
  const at = ({ data, cols }: Matrix64, row: number, column: number) => data[row * cols + column]!;
  const rowsOf = ({ data, cols }: Matrix64) => data.length / cols;
  const [height, inner] = transposed === "a" ? [a.cols, rowsOf(a)] : [rowsOf(a), a.cols];
  const width = transposed === "b" ? rowsOf(b) : b.cols;
  const data = new Float64Array(height * width);
  for (let i = 0; i < height; i++)
    for (let k = 0; k < inner; k++) {
      const left = transposed === "a" ? at(a, k, i) : at(a, i, k);
      for (let j = 0; j < width; j++) data[i * width + j]! += left * (transposed === "b" ? at(b, j, k) : at(b, k, j));
    }
  return { data, cols: width };
};
const sum = (a: Matrix64, b: Matrix64, scale = 1): Matrix64 => ({
  data: Float64Array.from(a.data, (value, i) => value + scale * b.data[i]!),
  cols: a.cols,
});

describe.each([
  { lengths: [1], inputs: 64, outputs: 96, rank: 4 },
  { lengths: [9, 1, 57], inputs: 1024, outputs: 68, rank: 16 },
  { lengths: [33], inputs: 36, outputs: 3072, rank: 3 },
  { lengths: [100, 29], inputs: 144, outputs: 196, rank: 5 },
])("linear with LoRA for $lengths, $inputs → $outputs, rank $rank", ({ lengths, inputs, outputs, rank }) => {
  const tokens = lengths.reduce((total, length) => total + length);
  const capacity = tokens + 6;
  const scaling = 2;
  const random = (height: number, cols: number, seed: number) => ({ data: numbers(height * cols, seed), cols });
  const weight = bf16(numbers(inputs * outputs, 1));
  const [x, addTo] = [random(capacity, inputs, 2), random(capacity, inputs, 5)];
  const [dy, residual] = [random(capacity, outputs, 3), random(capacity, outputs, 4)];
  const [a, b] = [random(rank, inputs, 6), random(outputs, rank, 7)];
  const real = ({ data, cols }: Matrix64): Matrix64 => ({ data: Array.from(data).slice(0, tokens * cols), cols });
  const expected = (): ArrayLike<number>[] => {
    const w = { data: weight.values, cols: inputs };
    const [z, dz] = [product(real(x), a, "b"), product(real(dy), b)];
    const y = sum(product(real(x), w, "b"), product(z, b, "b"), scaling);
    const dx = sum(product(real(dy), w), product(dz, a), scaling);
    const scaled = (m: Matrix64) => Float64Array.from(m.data, (value) => scaling * value);
    return [
      sum(y, real(residual)).data,
      sum(dx, real(addTo)).data,
      scaled(product(dz, real(x), "a")),
      scaled(product(real(dy), z, "a")),
    ];
  };
  const truth = expected();

  it.each(own)("equals float64, %s", async (_name, { kernels }, tolerance) => {
    const batch = kernels.packedBatch(sequences(lengths), capacity);
    const frozen = kernels.frozenMatrix(weight.bytes, "BF16", outputs, inputs);
    const lora = adapter(kernels, rank, inputs, outputs, a.data, b.data, scaling);
    const tensor = ({ data, cols }: typeof x) => tf.tensor2d(data, [capacity, cols]);
    const y = await rows(kernels.linear(tensor(x), frozen, lora, batch, tensor(residual)), batch);
    const dx = await rows(kernels.linearBackward(tensor(dy), tensor(x), frozen, lora, batch, tensor(addTo)), batch);
    const gradients = await lora.store.read("gradients");
    [y, dx, entry(gradients, "a"), entry(gradients, "b")].forEach((actual, i) =>
      expectClose(actual, at(truth, i), tolerance),
    );
  });
});
