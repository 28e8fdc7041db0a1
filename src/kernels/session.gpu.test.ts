import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { bf16, f32Bytes, numbers, sequences } from "../testing/numbers.ts";
import { longTests } from "../testing/longTests.ts";
import { createKernels } from "./index.ts";
import { inNode } from "./runtime/node-gpu.ts";

it("says what it runs on", async () => {
  const { device, notes, kernels, variants } = await createKernels();
  expect(device.backend).toBe("webgpu");
  expect(device.adapter).not.toBe("");
  expect(device.maxBufferBytes).toBeGreaterThanOrEqual(2 ** 28);
  expect(kernels.path).toBe("wgsl");
  expect(variants).not.toBeNull();
  expect(notes).toEqual([]);
});

it("computes the rows of tokens alone, whatever the capacity", async () => {
  const { kernels } = await createKernels({ device: "wgsl" });
  const [tokens, capacity, width] = [3, 64, 96];
  const weight = kernels.frozenMatrix(bf16(numbers(64 * width, 1)).bytes, "BF16", width, 64);
  const batch = kernels.packedBatch(sequences([tokens]), capacity);
  const x = tf.ones<tf.Rank.R2>([capacity, 64]);
  // The result takes the buffer that these sevens leave to the pool.
  const sevens = tf.fill([capacity, width], 7);
  await sevens.data();
  sevens.dispose();
  const y = await kernels.linear(x, weight, null, batch).data();
  expect(y.subarray(0, tokens * width).some((value) => value === 7)).toBe(false);
  expect(y.subarray(tokens * width).every((value) => value === 7)).toBe(true);
});

it("measures the GPU time of each entry point where the device has timestamps", async () => {
  const { kernels, profile, device } = await createKernels({ device: "wgsl" });
  const batch = kernels.packedBatch(sequences([40]), 40);
  const weight = kernels.frozenMatrix(new Uint8Array(2 * 64 * 64), "BF16", 64, 64);
  const x = tf.zeros<tf.Rank.R2>([40, 64]);
  const times = await profile(async () => {
    for (let i = 0; i < 3; i++) kernels.linear(x, weight, null, batch).dispose();
  });
  expect(times !== null).toBe(device.features.timestampQuery);
  if (times !== null) {
    expect(times.get("linear")!.runs).toBe(3);
    expect(times.get("linear")!.ms).toBeGreaterThan(0);
  }
});

// It compiles every form; in Node by `test:all`.
it.skipIf(inNode() && !longTests)(
  "picks linear kernels by timing, keeps the choice, and takes it from there later",
  async () => {
    const stored = new Map<string, string>();
    const tuningCache = {
      read: async (key: string) => stored.get(key) ?? null,
      write: async (key: string, value: string) => void stored.set(key, value),
    };
    const { variants, device, notes } = await createKernels({ device: "wgsl", tune: true, tuningCache });
    expect([...stored.values()][0]).toBe(JSON.stringify({ variants, refused: [] }));
    expect(notes).toEqual([]);
    const { few, some, many } = variants!.linear;
    expect(device.kernels).toMatchObject({ linear: `${few} ${some} ${many}`, refused: [] });
    expect([...stored.keys()][0]).toContain(device.adapter);
    const started = performance.now();
    expect((await createKernels({ device: "wgsl", tune: true, tuningCache })).variants).toEqual(variants);
    expect(performance.now() - started).toBeLessThan(200);
  },
);

it("refuses bad batches by name", async () => {
  const { kernels } = await createKernels({ device: "wgsl" });
  expect(() => kernels.packedBatch([], 8)).toThrow(expect.objectContaining({ code: "batch-empty" }));
  expect(() => kernels.packedBatch([[1], []], 8)).toThrow(expect.objectContaining({ code: "sequence-empty" }));
  expect(() => kernels.packedBatch([[1, 2, 3]], 2)).toThrow(expect.objectContaining({ code: "batch-too-large" }));
  expect(() => kernels.frozenMatrix(new Uint8Array(7), "BF16", 2, 2)).toThrow(
    expect.objectContaining({ code: "weights-damaged" }),
  );
});

it("names a lost device, and gets a new one afterwards", async () => {
  const session = await createKernels({ device: "wgsl" });
  const backend = tf.backend() as unknown as { device: GPUDevice };
  backend.device.destroy();
  expect((await session.lost).code).toBe("device-lost");
  await expect(session.kernels.finish()).rejects.toMatchObject({ code: "device-lost" });
  const again = await createKernels({ device: "wgsl" });
  const batch = again.kernels.packedBatch([[1, 2]], 2);
  const table = again.kernels.frozenMatrix(f32Bytes(numbers(16, 1)), "F32", 4, 4);
  expect([...(await again.kernels.embed(table, batch).data())]).toEqual([...numbers(16, 1).slice(4, 12)]);
});
