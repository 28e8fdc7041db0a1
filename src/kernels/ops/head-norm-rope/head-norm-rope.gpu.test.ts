import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { at } from "../../../domain/present.ts";
import { fixtureTensors } from "../../../testing/fixtures/load.ts";
import {
  expectClose,
  f32Bytes,
  forms,
  get,
  matrix,
  numbers,
  ours,
  tfjs,
  randomMatrix,
  rows,
  sequences,
} from "../../../testing/kernels.ts";
import { ropeAngles } from "../../numbers.ts";

const EPS = 1e-6;
const THETA = 1e6;
const layer = await fixtureTensors("ops/decoder_layer.safetensors");
const model = await fixtureTensors("nano/model.safetensors");
const rope = await fixtureTensors("ops/rope.safetensors");
const norm = await fixtureTensors("ops/head_norm.safetensors");

describe("rotary table", () => {
  it("equals transformers' float32 angles for head width 32", () => {
    const { cos, sin } = ropeAngles(32, THETA, 40);
    const half = (name: string) =>
      Float32Array.from({ length: 640 }, (_, i) => at(get(rope, name).data, Math.floor(i / 16) * 32 + (i % 16)));
    expectClose(cos, half("reference_cos_f32"), 1e-7);
    expectClose(sin, half("reference_sin_f32"), 1e-7);
  });

  it("equals them for head width 128 at far positions", async () => {
    const far = await fixtureTensors("ops/rope_table_128.safetensors");
    const positions = [...get(far, "positions").data].filter((position) => position < 8192);
    const { cos } = ropeAngles(128, THETA, 8192);
    positions.forEach((position, row) =>
      expectClose(
        cos.subarray(position * 64, position * 64 + 64),
        get(far, "reference_cos_f32").data.slice(row * 128, row * 128 + 64),
        1e-6,
      ),
    );
  });
});

describe.each(forms)("head norm and rope, %s", (_name, { kernels }) => {
  it("equals the decoder layer's queries and keys", async () => {
    const batch = kernels.packedBatch(sequences([1, 5, 13, 2, 8]), 29);
    const table = kernels.ropeTable(32, THETA, 64);
    for (const [x, y, heads] of [
      ["q", "q_rope", "q"],
      ["k", "k_rope", "k"],
    ] as const) {
      const weight = kernels.frozenVector(
        f32Bytes(get(model, `layers.0.self_attn.${heads}_norm.weight`).data),
        "F32",
        32,
      );
      const result = kernels.headNormRope(matrix(get(layer, x), 29), weight, EPS, table, batch);
      expectClose(await rows(result, batch), get(layer, y).data);
    }
  });

  it("turns as the rotation's fixture does, forward and backward, once the norm is taken into account", async () => {
    const [tokens, width] = [40, 32];
    const batch = kernels.packedBatch(sequences([tokens]), tokens);
    const ones = kernels.frozenVector(f32Bytes(new Float32Array(width).fill(1)), "F32", width);
    const table = kernels.ropeTable(width, THETA, tokens);
    const [x, y, dy, dx] = ["x", "y", "dy", "dx"].map((name) => [...get(rope, name).data]) as [
      number[],
      number[],
      number[],
      number[],
    ];
    const tensor = (values: number[]) => tf.tensor2d(values, [tokens, values.length / tokens]);
    // The norm divides each head by its length; its backward takes out what lies along the head.
    const [turned, back] = [new Float64Array(x.length), new Float64Array(x.length)];
    for (let start = 0; start < x.length; start += width) {
      const head = x.slice(start, start + width);
      const length = Math.sqrt(head.reduce((sum, value) => sum + value ** 2, 0) / width + EPS);
      const along = head.reduce((sum, value, i) => sum + (value / length) * at(dx, start + i), 0) / width;
      head.forEach((value, i) => {
        turned[start + i] = at(y, start + i) / length;
        back[start + i] = (at(dx, start + i) - (value / length) * along) / length;
      });
    }
    const forward = kernels.headNormRope(tensor(x), ones, EPS, table, batch);
    expectClose(await rows(forward, batch), turned);
    expectClose(await rows(kernels.headNormRopeBackward(tensor(dy), tensor(x), ones, EPS, table, batch), batch), back);
  });

  it("is the norm, forward and backward, at position 0, where nothing turns", async () => {
    const batch = kernels.packedBatch(sequences(new Array<number>(9).fill(1)), 9);
    const weight = kernels.frozenVector(f32Bytes(get(norm, "weight").data), "F32", 32);
    const table = kernels.ropeTable(32, THETA, 4);
    const x = matrix(get(norm, "x"), 9);
    expectClose(await rows(kernels.headNormRope(x, weight, EPS, table, batch), batch), get(norm, "y").data);
    const dx = kernels.headNormRopeBackward(matrix(get(norm, "dy"), 9), x, weight, EPS, table, batch);
    expectClose(await rows(dx, batch), get(norm, "dx").data);
  });

  it("has the gradient that finite differences give", async () => {
    const batch = kernels.packedBatch(sequences([7]), 7);
    const weight = kernels.frozenVector(f32Bytes(numbers(32, 4).map((value) => 1 + value / 4)), "F32", 32);
    const table = kernels.ropeTable(32, THETA, 16);
    const [x, dy, direction] = [randomMatrix(7, 64, 1), randomMatrix(7, 64, 2), randomMatrix(7, 64, 3)];
    const dot = async (a: { data(): Promise<ArrayLike<number>> }, b: { data(): Promise<ArrayLike<number>> }) => {
      const [u, v] = [await a.data(), await b.data()];
      return Array.from(u).reduce((sum, value, i) => sum + value * v[i]!, 0);
    };
    const h = 1 / 64;
    const plus = await dot(
      kernels.headNormRope(tf.add(x, tf.mul(direction, h)) as tf.Tensor2D, weight, EPS, table, batch),
      dy,
    );
    const minus = await dot(
      kernels.headNormRope(tf.sub(x, tf.mul(direction, h)) as tf.Tensor2D, weight, EPS, table, batch),
      dy,
    );
    const analytic = await dot(kernels.headNormRopeBackward(dy, x, weight, EPS, table, batch), direction);
    expect(Math.abs((plus - minus) / (2 * h) - analytic)).toBeLessThan(2e-3 * Math.abs(analytic) + 1e-3);
  });
});

describe.each(ours)("head norm and rope, %s", (_name, { kernels }) => {
  it.each([
    [[1, 31, 2], 3, 32],
    [[65], 2, 128],
  ])("equals the reference on segments %j, %i heads of %i", async (lengths, heads, headDim) => {
    const tokens = lengths.reduce((a, b) => a + b);
    const [x, dy] = [randomMatrix(tokens, heads * headDim, 1), randomMatrix(tokens, heads * headDim, 2)];
    const results: Float32Array[][] = [];
    for (const path of [tfjs, kernels]) {
      const batch = path.packedBatch(sequences(lengths), tokens);
      const weight = path.frozenVector(f32Bytes(numbers(headDim, 3)), "F32", headDim);
      const table = path.ropeTable(headDim, THETA, 128);
      results.push([
        await rows(path.headNormRope(x, weight, EPS, table, batch), batch),
        await rows(path.headNormRopeBackward(dy, x, weight, EPS, table, batch), batch),
      ]);
    }
    at(results, 1).forEach((actual, i) => expectClose(actual, at(at(results, 0), i)));
  });
});
