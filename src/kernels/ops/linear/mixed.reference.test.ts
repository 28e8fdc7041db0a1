import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, it } from "vitest";
import { createKernels } from "../../index.ts";
import { decode } from "../../numbers.ts";
import { linearReference } from "./linear.reference.ts";
import { mixedLinearReference, toHalf } from "./mixed.reference.ts";

beforeAll(() => createKernels({ backends: ["cpu"] }));

it("rounds to the nearest f16, ties to even, down to its smallest steps and beyond its range", () => {
  const positive = decode(new Uint8Array(Uint16Array.from({ length: 0x7c00 }, (_, bits) => bits).buffer), "F16");
  const wrong = positive.filter((half, bits) => {
    const next = positive[bits + 1] ?? Infinity;
    const middle = (half + next) / 2; // float32 holds it
    const pairs: [number, number][] = [
      [half, half],
      [-half, -half || 0],
      [middle, bits % 2 === 0 ? half : next],
      [Math.fround(middle * (1 + 2 ** -20)), next],
    ];
    return pairs.some(([value, nearest]) => toHalf(value) !== nearest);
  });
  expect([...wrong]).toEqual([]);
  expect([toHalf(65519), toHalf(65520), toHalf(-65520)]).toEqual([65504, Infinity, -Infinity]);
});

it("rounds both factors of the product with W, and leaves LoRA's in float32", () => {
  const [x, w] = [tf.tensor2d([[1 + 2 ** -12, 3]]), tf.tensor2d([[1, 2 ** -26]])];
  const lora = { a: tf.tensor2d([[1, 0]]), b: tf.tensor2d([[1]]), scaling: 1 };
  expect([...mixedLinearReference(x, w, null).dataSync()]).toEqual([1]);
  expect([...mixedLinearReference(x, w, lora).dataSync()]).toEqual([2 + 2 ** -12]);
  expect(linearReference(x, w, null).dataSync()[0]).toBeGreaterThan(1 + 2 ** -13);
});
