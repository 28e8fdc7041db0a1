import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { at, entry } from "../../../domain/present.ts";
import { fixtureTensors } from "../../../testing/fixtures/load.ts";
import { expectClose, f32Bytes, pair, get, numbers, sequences } from "../../../testing/kernels.ts";
import type { Kernels, LoraRef } from "../../types.ts";

const fixture = await fixtureTensors("ops/adamw.safetensors");
const SETTINGS = { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01, maxGradNorm: 1 };
const row = (name: string, index: number) => get(fixture, name).data.slice(index * 16, index * 16 + 16);

/**
 * Puts `gradient` [4, 4] into the store as an op would: with x = identity (one row a column of A), dz = dyᵀ·B·scaling.
 * A is [4, 4], B the identity, so dA = dzᵀ·x = dyᵀ when x is the identity.
 */
const addGradient = (kernels: Kernels, lora: LoraRef, gradient: ArrayLike<number>) => {
  const batch = kernels.packedBatch(sequences([4]), 4);
  const weight = kernels.frozenMatrix(f32Bytes(new Float32Array(16)), "F32", 4, 4);
  const dy = tf.transpose(tf.tensor2d(Float32Array.from(gradient), [4, 4]));
  kernels.linearBackward(dy, tf.eye(4), weight, lora, batch);
};

describe.each(pair)("AdamW, %s", (_name, { kernels }) => {
  it("equals five steps of torch with clipping", async () => {
    const store = kernels.parameterStore([
      { name: "p", shape: [4, 4] },
      { name: "b", shape: [4, 4] },
    ]);
    const lora = { store, a: "p", b: "b", scaling: 1 };
    store.write(new Map([["p", Float32Array.from(row("param", 0))]]));
    for (let t = 0; t < 5; t++) {
      // B = I passes dy through to A's gradient. Its own gradient is dyᵀ·(x·Aᵀ), so it is cut out by a store of its own below.
      const source = kernels.parameterStore([
        { name: "p", shape: [4, 4] },
        { name: "b", shape: [4, 4] },
      ]);
      source.write(new Map([["b", Float32Array.from(await tf.eye(4).data())]]));
      addGradient(kernels, { ...lora, store: source }, row("grad", t));
      const gradients = await source.read("gradients");
      expectClose(entry(gradients, "p"), row("grad", t));
      expect(entry(gradients, "b").every((value) => value === 0)).toBe(true); // A is zero in `source`
      source.writeMoments(await store.read("moment1"), await store.read("moment2"));
      source.write(
        new Map([
          ["p", entry(await store.read("values"), "p")],
          ["b", new Float32Array(16)],
        ]),
      );
      const norm = kernels.adamW(source, { ...SETTINGS, learningRate: at(get(fixture, "lr").data, t), step: t + 1 });
      expect(Math.abs(at(await norm.data(), 0) - at(get(fixture, "norm").data, t))).toBeLessThan(1e-4);
      const [values, moment1, moment2] = await Promise.all([
        source.read("values"),
        source.read("moment1"),
        source.read("moment2"),
      ]);
      expectClose(entry(values, "p"), row("param", t + 1), 1e-6);
      expectClose(entry(moment1, "p"), row("exp_avg", t), 1e-6);
      expectClose(entry(moment2, "p"), row("exp_avg_sq", t), 1e-6);
      expect(entry(await source.read("gradients"), "p").every((value) => value === 0)).toBe(true);
      store.write(values);
      store.writeMoments(moment1, moment2);
      source.dispose();
    }
    store.dispose();
  });

  it("keeps what a write leaves out, and refuses unknown names and wrong sizes", async () => {
    const store = kernels.parameterStore([
      { name: "p", shape: [3, 7] },
      { name: "q", shape: [5, 11] },
    ]);
    const [p, q] = [numbers(21, 1), numbers(55, 2)];
    store.write(
      new Map([
        ["p", p],
        ["q", q],
      ]),
    );
    store.write(new Map([["p", q.slice(0, 21)]]));
    expect(await store.read("values")).toEqual(
      new Map([
        ["p", q.slice(0, 21)],
        ["q", q],
      ]),
    );
    expect(() => store.write(new Map([["r", p]]))).toThrow("no parameter r");
    expect(() => store.write(new Map([["p", q]]))).toThrow("55 values");
    store.dispose();
  });

  it("measures the norm over all parameters of a large store", async () => {
    const shape: [number, number] = [16, 1028];
    const store = kernels.parameterStore([
      { name: "a", shape },
      { name: "b", shape: [68, 16] },
    ]);
    const [a, b, x, dy] = [numbers(16 * 1028, 1), numbers(68 * 16, 2), numbers(5 * 1028, 3), numbers(5 * 68, 4)];
    store.write(
      new Map([
        ["a", a],
        ["b", b],
      ]),
    );
    const batch = kernels.packedBatch(sequences([5]), 5);
    const weight = kernels.frozenMatrix(f32Bytes(new Float32Array(68 * 1028)), "F32", 68, 1028);
    kernels.linearBackward(
      tf.tensor2d(dy, [5, 68]),
      tf.tensor2d(x, [5, 1028]),
      weight,
      { store, a: "a", b: "b", scaling: 1 },
      batch,
    );
    const gradients = [...(await store.read("gradients")).values()].flatMap((values) => [...values]);
    const expected = Math.hypot(...gradients);
    const norm = kernels.adamW(store, { ...SETTINGS, learningRate: 0, step: 1 });
    expect(Math.abs(at(await norm.data(), 0) / expected - 1)).toBeLessThan(1e-5);
    store.dispose();
  });

  it("moves nothing after a norm that is not finite, until the gradients are cleared", async () => {
    const store = kernels.parameterStore([
      { name: "p", shape: [4, 4] },
      { name: "b", shape: [4, 4] },
    ]);
    const lora = { store, a: "p", b: "b", scaling: 1 };
    store.write(new Map([["b", Float32Array.from(await tf.eye(4).data())]]));
    const step = async (gradient: number) => {
      addGradient(kernels, lora, new Float32Array(16).fill(gradient));
      const norm = kernels.adamW(store, { ...SETTINGS, learningRate: 0.1, step: 1 });
      return { norm: at(await norm.data(), 0), value: at(entry(await store.read("values"), "p"), 0) };
    };
    expect(await step(3e38)).toMatchObject({ value: 0 });
    const after = await step(1);
    expect([Number.isFinite(after.norm), after.value]).toEqual([false, 0]);
    store.clearGradients();
    const cleared = await step(1);
    expect(Number.isFinite(cleared.norm)).toBe(true);
    expect(cleared.value).toBeLessThan(-0.05);
    store.dispose();
  });
});
