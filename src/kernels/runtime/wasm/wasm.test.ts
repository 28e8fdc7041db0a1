import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import loadWabt from "wabt";
import { beforeAll, describe, expect, test } from "vitest";
import { at } from "../../../domain/present.ts";
import { startBackend } from "../backend.ts";
import { batchMatmul } from "./batchMatmul.ts";

const numbers = (count: number, seed: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => (((i + 1) * 7919 * seed) % 2003) / 1001 - 1);

beforeAll(async () => void (await startBackend(["wasm"])));

// `npx vitest run --project unit src/kernels/runtime/wasm -u` writes the bytes anew.
test("the bytes are those of batch-matmul.wat", async () => {
  const wabt = await loadWabt();
  const name = "batch-matmul.wat";
  const text = readFileSync(new URL(name, import.meta.url), "utf8");
  const constant = (as: string, source: string): string => {
    const { buffer } = wabt.parseWat(name, source, { simd: true, threads: true }).toBinary({});
    const lines =
      Buffer.from(buffer)
        .toString("base64")
        .match(/.{1,100}/g) ?? [];
    return `export const ${as} =\n  "${lines.join('" +\n  "')}";\n`;
  };
  // A shared memory says how far it may grow: here as far as tfjs' does.
  const shared = text.replace("(memory 1)", "(memory 1 65536 shared)");
  expect(shared).not.toBe(text);
  await expect(
    `/** Assembled from ${name}. */\n${constant("ON_MEMORY", text)}\n/** The same for a memory that threads share. */\n${constant("ON_SHARED_MEMORY", shared)}`,
  ).toMatchFileSnapshot("batch-matmul.bytes.ts");
});

/** A·B of the stored matrices in float64, where `ta` and `tb` say which lies transposed. */
const product64 = (a: Float32Array, b: Float32Array, [m, k, n]: readonly number[], ta: boolean, tb: boolean) => {
  const [rows, inner, columns] = [m!, k!, n!];
  return Float64Array.from({ length: (a.length / (rows * inner)) * rows * columns }, (_, place) => {
    const [batch, i, j] = [Math.floor(place / (rows * columns)), Math.floor(place / columns) % rows, place % columns];
    let sum = 0;
    for (let p = 0; p < inner; p++)
      sum +=
        a[batch * rows * inner + (ta ? p * rows + i : i * inner + p)]! *
        b[batch * inner * columns + (tb ? j * inner + p : p * columns + j)]!;
    return sum;
  });
};

describe.each([
  { batches: 1, shape: [5, 7, 9] },
  { batches: 3, shape: [4, 1, 8] },
  { batches: 2, shape: [13, 20, 21] },
  { batches: 2, shape: [68, 64, 34] },
  // Too few rows or columns for a tile: tfjs' own kernel.
  { batches: 2, shape: [3, 5, 34] },
  { batches: 2, shape: [34, 5, 7] },
])("products of $batches pairs, $shape", ({ batches, shape }) => {
  test.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])("transposed %s and %s equal float64", async (ta, tb) => {
    const [m, k, n] = shape as [number, number, number];
    const [a, b] = [numbers(batches * m * k, 1), numbers(batches * k * n, 2)];
    const before = tf.memory().numTensors;
    const [x, y] = [
      tf.tensor3d(a, ta ? [batches, k, m] : [batches, m, k]),
      tf.tensor3d(b, tb ? [batches, n, k] : [batches, k, n]),
    ];
    const product = tf.matMul(x, y, ta, tb);
    expect(product.shape).toEqual([batches, m, n]);
    const expected = product64(a, b, shape, ta, tb);
    (await product.data()).forEach((value, i) => expect(Math.abs(value - at(expected, i))).toBeLessThan(1e-4));
    expect([await x.data(), await y.data()].map((values) => values.length)).toEqual([a.length, b.length]);
    tf.dispose([x, y, product]);
    expect(tf.memory().numTensors).toBe(before);
  });
});

test("a memory that threads share, as in a page with threads, is computed in as well", () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65_536, shared: true });
  const [a, b] = [numbers(2 * 4 * 3, 1), numbers(2 * 3 * 8, 2)];
  const [pa, pb, pc] = [64, 1024, 2048];
  new Float32Array(memory.buffer, pa).set(a);
  new Float32Array(memory.buffer, pb).set(b);
  const backend = {
    wasm: { asm: {}, wasmMemory: memory },
    dataIdMap: { get: (place: number) => ({ memoryOffset: place }) },
    makeOutput: (shape: number[]) => ({ dataId: pc, shape, dtype: "float32" }),
  };
  const kernel = batchMatmul({
    kernelName: "BatchMatMul",
    backendName: "wasm",
    kernelFunc: () => expect.unreachable(),
  });
  const inputs = {
    a: { dataId: pa, shape: [2, 4, 3], dtype: "float32" },
    b: { dataId: pb, shape: [2, 3, 8], dtype: "float32" },
  };
  const attrs = { transposeA: false, transposeB: false };
  expect(kernel?.kernelFunc({ inputs, attrs, backend } as never)).toMatchObject({ shape: [2, 4, 8] });
  const product = new Float32Array(memory.buffer, pc, 2 * 4 * 8);
  product64(a, b, [4, 3, 8], false, false).forEach((value, i) => expect(at(product, i)).toBeCloseTo(value, 5));
});

test("one matrix for all of a batch is spread, as ever", async () => {
  const [a, b] = [numbers(2 * 5 * 6, 1), numbers(6 * 9, 2)];
  const product = tf.matMul(tf.tensor3d(a, [2, 5, 6]), tf.tensor3d(b, [1, 6, 9]));
  const expected = product64(a, Float32Array.from([...b, ...b]), [5, 6, 9], false, false);
  (await product.data()).forEach((value, i) => expect(Math.abs(value - at(expected, i))).toBeLessThan(1e-4));
});

test("rows are gathered, also twice, of matrices and of more, and a row that is not there is refused", async () => {
  const x = tf.tensor2d([0, 1, 10, 11, 20, 21], [3, 2]);
  expect(await tf.gather(x, tf.tensor1d([2, 0, 2], "int32")).array()).toEqual([
    [20, 21],
    [0, 1],
    [20, 21],
  ]);
  const blocks = tf.reshape(x, [3, 1, 2]);
  expect(await tf.gather(blocks, tf.tensor1d([1], "int32")).array()).toEqual([[[10, 11]]]);
  expect(await tf.gather(x, tf.tensor1d([1, 0], "int32"), 1).array()).toEqual([
    [1, 0],
    [11, 10],
    [21, 20],
  ]);
  expect(() => tf.gather(x, tf.tensor1d([3], "int32"))).toThrow("Row 3 of 3 is asked for.");
});

test("slices take rows, columns, blocks of both, and pieces of more dimensions", async () => {
  const x = tf.tensor2d(
    Float32Array.from({ length: 20 }, (_, i) => i),
    [4, 5],
  );
  expect(await tf.slice(x, [1, 0], [2, 5]).array()).toEqual([
    [5, 6, 7, 8, 9],
    [10, 11, 12, 13, 14],
  ]);
  expect(await tf.slice(x, [1, 3], [3, 2]).array()).toEqual([
    [8, 9],
    [13, 14],
    [18, 19],
  ]);
  expect(await tf.slice(x, [3, 4], [1, 1]).array()).toEqual([[19]]);
  expect(await tf.slice(tf.reshape(x, [2, 2, 5]), [1, 0, 0], [1, 2, 5]).array()).toEqual([
    [
      [10, 11, 12, 13, 14],
      [15, 16, 17, 18, 19],
    ],
  ]);
  expect(await tf.slice(tf.reshape(x, [2, 2, 5]), [0, 1, 3], [2, 1, 2]).array()).toEqual([[[8, 9]], [[18, 19]]]);
});
