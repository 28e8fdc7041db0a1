import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { at } from "../../../domain/present.ts";
import { fixtureTensors } from "../../../testing/fixtures/load.ts";
import {
  attentionForms,
  expectClose,
  forms,
  get,
  matrix,
  numbers,
  randomMatrix,
  rows,
  sequences,
} from "../../../testing/kernels.ts";
import { longTests } from "../../../testing/longTests.ts";
import { inNode } from "../../runtime/node-gpu.ts";

const own = await attentionForms();
const fixture = await fixtureTensors("ops/attention.safetensors");

describe.each([at(forms, 0), ...own])("attention, %s", (_name, { kernels }) => {
  it("equals the fixture, forward and backward", async () => {
    const batch = kernels.packedBatch(sequences([1, 40, 3, 70, 17]), 131);
    const [q, k, v, dy] = ["q", "k", "v", "dy"].map((name) => matrix(get(fixture, name), 131)) as [
      Tensor2D,
      Tensor2D,
      Tensor2D,
      Tensor2D,
    ];
    const { y, lse } = kernels.attention(q, k, v, 32, batch);
    expectClose(await rows(y, batch), get(fixture, "y").data);
    expectClose(await rows(lse, batch), get(fixture, "lse").data);
    const { dq, dk, dv } = kernels.attentionBackward(dy, q, k, v, y, lse, 32, batch);
    expectClose(await rows(dq, batch), get(fixture, "dq").data);
    expectClose(await rows(dk, batch), get(fixture, "dk").data);
    expectClose(await rows(dv, batch), get(fixture, "dv").data);
  });
});

/** The formulas of attention.shared.wgsl as they stand there, in float64, one head and one segment after the other. */
const attention64 = (
  [q, k, v, dy]: readonly [Float32Array, Float32Array, Float32Array, Float32Array],
  lengths: readonly number[],
  [heads, kvHeads, width]: readonly [number, number, number],
): Float64Array[] => {
  const [y, dq] = [new Float64Array(q.length), new Float64Array(q.length)];
  const [dk, dv] = [new Float64Array(k.length), new Float64Array(k.length)];
  const lse = new Float64Array(q.length / width);
  const dot = (a: ArrayLike<number>, i: number, b: ArrayLike<number>, j: number) => {
    let sum = 0;
    for (let c = 0; c < width; c++) sum += a[i + c]! * b[j + c]!;
    return sum;
  };
  const add = (to: Float64Array, i: number, factor: number, from: ArrayLike<number>, j: number) => {
    for (let c = 0; c < width; c++) to[i + c]! += factor * from[j + c]!;
  };
  let start = 0;
  for (const length of lengths) {
    for (let t = start; t < start + length; t++)
      for (let h = 0; h < heads; h++) {
        const own = (t * heads + h) * width;
        const key = (j: number) => (j * kvHeads + Math.floor((h * kvHeads) / heads)) * width;
        const scores = Array.from(
          { length: t - start + 1 },
          (_, j) => dot(q, own, k, key(start + j)) / Math.sqrt(width),
        );
        const top = Math.max(...scores);
        lse[t * heads + h] = top + Math.log(scores.reduce((sum, s) => sum + Math.exp(s - top), 0));
        const p = scores.map((s) => Math.exp(s - at(lse, t * heads + h)));
        p.forEach((weight, j) => add(y, own, weight, v, key(start + j)));
        const along = dot(dy, own, y, own);
        p.forEach((weight, j) => {
          const ds = (weight * (dot(dy, own, v, key(start + j)) - along)) / Math.sqrt(width);
          add(dq, own, ds, k, key(start + j));
          add(dk, key(start + j), ds, q, own);
          add(dv, key(start + j), weight, dy, own);
        });
      }
    start += length;
  }
  return [y, lse, dq, dk, dv];
};

const named = (...names: string[]) => own.filter(([name]) => names.includes(name.replace("wgsl ", "")));

// What compiles for seconds on software stands here once: `row` at wide heads, which `rows` is there too (in Node
// src/engine/parity/trueWidth.gpu.test.ts runs it), and blocks at each width and number of query heads a key head.
describe.each([
  { lengths: [1, 3, 150, 1, 1, 64], heads: 4, kvHeads: 1, headDim: 32, forms: named("row", "rows", "quarters") },
  // The head of 0.6B and a long passage; blocks of 64 rows and 32 keys hold several texts, or end within one.
  {
    lengths: [1, 37, 45, 300, 3],
    heads: 4,
    kvHeads: 2,
    headDim: 128,
    forms: named("quarters", "blocks", ...(inNode() ? [] : ["row"])),
  },
  { lengths: [45, 1, 1, 90, 37], heads: 4, kvHeads: 1, headDim: 64, forms: named("blocks") },
  ...(longTests
    ? [
        { lengths: [1, 3, 150, 1, 1, 64], heads: 2, kvHeads: 2, headDim: 32, forms: named("blocks") },
        // Neither the query heads of a key head nor the width divide a block.
        { lengths: [5, 61, 40], heads: 3, kvHeads: 1, headDim: 96, forms: named("blocks") },
      ]
    : []),
])("attention on $lengths with $heads heads of $headDim", ({ lengths, heads, kvHeads, headDim, forms }) => {
  const tokens = lengths.reduce((a, b) => a + b);
  const random = (count: number, seed: number) => numbers(tokens * count * headDim, seed);
  const inputs = [
    random(heads, 1).map((value) => 3 * value),
    random(kvHeads, 2),
    random(kvHeads, 3),
    random(heads, 4),
  ] as const;
  const expected = attention64(inputs, lengths, [heads, kvHeads, headDim]);

  it.each(forms)("equals float64, %s", async (_name, { kernels }) => {
    const capacity = tokens + 5;
    const batch = kernels.packedBatch(sequences(lengths), capacity);
    const [q, k, v, dy] = inputs.map((values) => {
      const width = values.length / tokens;
      return tf.pad(
        tf.tensor2d(values, [tokens, width]),
        [
          [0, 5],
          [0, 0],
        ],
        7,
      );
    }) as [Tensor2D, Tensor2D, Tensor2D, Tensor2D];
    const { y, lse } = kernels.attention(q, k, v, headDim, batch);
    const { dq, dk, dv } = kernels.attentionBackward(dy, q, k, v, y, lse, headDim, batch);
    for (const [i, tensor] of [y, lse, dq, dk, dv].entries())
      expectClose(await rows(tensor, batch), at(expected, i), 1e-5, 1);
  });
});

describe.each(own)("attention, %s", (_name, { kernels }) => {
  it("stays finite where scores are far apart", async () => {
    const batch = kernels.packedBatch(sequences([9]), 9);
    const [q, k] = [tf.mul(randomMatrix(9, 128, 1), 100), tf.mul(randomMatrix(9, 64, 2), 100)] as [Tensor2D, Tensor2D];
    const [v, dy] = [randomMatrix(9, 64, 3), randomMatrix(9, 128, 4)];
    const { y, lse } = kernels.attention(q, k, v, 32, batch);
    const { dq } = kernels.attentionBackward(dy, q, k, v, y, lse, 32, batch);
    expect([...(await y.data()), ...(await dq.data())].every(Number.isFinite)).toBe(true);
  });
});
