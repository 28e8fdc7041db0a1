import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { fixtureTensors } from "../../../fixtures/load.ts";
import { expectClose, get, matrix, pair, plain, randomMatrix, rows, sequences } from "../../testing.ts";

const fixture = await fixtureTensors("ops/attention.safetensors");

describe.each(pair)("attention, %s", (_name, { kernels }) => {
  it("equals the fixture, forward and backward", async () => {
    const batch = kernels.packedBatch(sequences([1, 40, 3, 70, 17]), 131);
    const [q, k, v, dy] = ["q", "k", "v", "dy"].map((name) => matrix(get(fixture, name), 131)) as [
      ReturnType<typeof matrix>,
      ...ReturnType<typeof matrix>[],
    ];
    const { y, lse } = kernels.attention(q, k!, v!, 32, batch);
    expectClose(await rows(y, batch), get(fixture, "y").data);
    expectClose(await rows(lse, batch), get(fixture, "lse").data);
    const { dq, dk, dv } = kernels.attentionBackward(dy!, q, k!, v!, y, lse, 32, batch);
    expectClose(await rows(dq, batch), get(fixture, "dq").data);
    expectClose(await rows(dk, batch), get(fixture, "dk").data);
    expectClose(await rows(dv, batch), get(fixture, "dv").data);
  });
});

describe.each(pair.slice(1))("attention, %s", (_name, { kernels }) => {
  it.each([
    { lengths: [1, 1, 1], heads: 2, kvHeads: 2, headDim: 32 },
    { lengths: [3, 150, 1, 64], heads: 4, kvHeads: 1, headDim: 32 },
    { lengths: [65, 2], heads: 4, kvHeads: 2, headDim: 128 },
  ])("equals the reference on $lengths with $heads heads of $headDim", async ({ lengths, heads, kvHeads, headDim }) => {
    const tokens = lengths.reduce((a, b) => a + b);
    const capacity = tokens + 5;
    const q = tf.mul(randomMatrix(capacity, heads * headDim, 1), 3);
    const [k, v, dy] = [
      randomMatrix(capacity, kvHeads * headDim, 2),
      randomMatrix(capacity, kvHeads * headDim, 3),
      randomMatrix(capacity, heads * headDim, 4),
    ];
    const results: Float32Array[][] = [];
    for (const path of [plain, kernels]) {
      const batch = path.packedBatch(sequences(lengths), capacity);
      const { y, lse } = path.attention(q as typeof k, k, v, headDim, batch);
      const { dq, dk, dv } = path.attentionBackward(dy, q as typeof k, k, v, y, lse, headDim, batch);
      results.push(await Promise.all([y, lse, dq, dk, dv].map((tensor) => rows(tensor, batch))));
    }
    results[1]!.forEach((actual, i) => expectClose(actual, results[0]![i]!, 1e-5, 1));
  });

  it("stays finite where scores are far apart", async () => {
    const batch = kernels.packedBatch(sequences([9]), 9);
    const [q, k, v] = [
      tf.mul(randomMatrix(9, 32, 1), 100),
      tf.mul(randomMatrix(9, 32, 2), 100),
      randomMatrix(9, 32, 3),
    ];
    const { y, lse } = kernels.attention(q as typeof v, k as typeof v, v, 32, batch);
    const { dq } = kernels.attentionBackward(v, q as typeof v, k as typeof v, v, y, lse, 32, batch);
    expect([...(await y.data()), ...(await dq.data())].every(Number.isFinite)).toBe(true);
  });
});
