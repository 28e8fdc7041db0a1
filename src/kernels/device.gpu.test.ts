import * as tf from "@tensorflow/tfjs-core";
import { afterEach, expect, it } from "vitest";
import { createKernels, quickestBackends } from "./index.ts";
import { requestDevice } from "./runtime/device.ts";
import { inNode, nodeGpu } from "./runtime/node-gpu.ts";

const gpu = inNode() ? await nodeGpu() : navigator.gpu;
const real = gpu.requestAdapter.bind(gpu);
const offer = (adapter: () => Promise<unknown>) =>
  Object.defineProperty(gpu, "requestAdapter", { value: adapter, configurable: true, writable: true });
afterEach(() => void offer(real));

it("names a missing adapter, and goes on with the next backend where it may", async () => {
  offer(async () => null);
  const expected = { code: "webgpu-unavailable", hint: expect.stringContaining("driver") as string };
  await expect(createKernels({ device: "wgsl" })).rejects.toMatchObject(expected);
  const { device, notes, kernels } = await createKernels({ backends: ["webgpu", "cpu"] });
  expect(device.backend).toBe("cpu");
  expect(kernels.path).toBe("tfjs");
  expect(notes).toEqual([expect.objectContaining(expected)]);
});

it("puts an adapter that is imitated on the processor after WebAssembly, and no other", async () => {
  const info = (description: string, isFallbackAdapter = false) => ({
    info: { vendor: "", architecture: "", device: "", description, isFallbackAdapter },
  });
  const first = async (adapter: unknown) => {
    offer(async () => adapter);
    return (await quickestBackends())[0];
  };
  expect(await first(info("SwiftShader Device"))).toBe("wasm");
  expect(await first(info("a card", true))).toBe("wasm");
  expect(await first(info("a card"))).toBe("webgpu");
  expect(await first(null)).toBe("webgpu");
});

it("names an adapter that is too small, with what it lacks", async () => {
  const { limits } = (await real())!;
  const small = Object.create(limits, { maxComputeInvocationsPerWorkgroup: { value: 128 } }) as GPUSupportedLimits;
  offer(async () => ({ limits: small, features: new Set(), info: {} }));
  await expect(requestDevice()).rejects.toMatchObject({
    code: "adapter-too-small",
    message: expect.stringContaining("maxComputeInvocationsPerWorkgroup 128") as string,
  });
});

it("names exhausted memory and rejected commands, the first fault of each device", async () => {
  const fault = async (error: GPUError) => {
    const { device, failure, lost } = await requestDevice();
    expect(failure()).toBeNull();
    device.onuncapturederror!({ error } as unknown as GPUUncapturedErrorEvent);
    const first = failure();
    device.onuncapturederror!({ error: new GPUInternalError("later") } as unknown as GPUUncapturedErrorEvent);
    expect(failure()).toBe(first);
    device.destroy();
    expect((await lost).code).toBe("device-lost");
    return first;
  };
  expect(await fault(new GPUOutOfMemoryError("full"))).toMatchObject({
    code: "out-of-memory",
    hint: expect.stringContaining("chunk") as string,
  });
  expect(await fault(new GPUValidationError("no"))).toMatchObject({ code: "gpu-error" });
});

it("refuses a batch that fits in no buffer before anything is allocated", async () => {
  const { kernels, close, lost } = await createKernels({ device: "wgsl", largestBinding: 64 * 64 * 4 });
  const table = kernels.frozenMatrix(new Uint8Array(2 * 16 * 64), "BF16", 16, 64);
  kernels.embed(table, kernels.packedBatch([[1]], 64)).dispose();
  expect(() => kernels.embed(table, kernels.packedBatch([[1]], 65))).toThrow(
    expect.objectContaining({ code: "adapter-too-small", hint: expect.stringContaining("chunk") as string }),
  );
  expect(tf.getBackend()).toBe("webgpu");
  close();
  expect((await lost).code).toBe("device-lost");
});
