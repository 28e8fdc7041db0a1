import * as tf from "@tensorflow/tfjs-core";
import type { Problem, StudioError } from "../domain/errors.ts";
import type { DeviceReport } from "../domain/training/types.ts";
import { plainKernels } from "./plain/plain-kernels.ts";
import { type BackendName, startBackend } from "./runtime/backend.ts";
import { Gpu } from "./runtime/gpu.ts";
import { type Profile, Profiler } from "./runtime/profiler.ts";
import { loadShaders } from "./runtime/shaders.ts";
import type { Kernels } from "./types.ts";
import type { Variants } from "./wgsl/context.ts";
import { chooseVariants } from "./wgsl/variants.ts";
import { wgslKernels } from "./wgsl/wgsl-kernels.ts";

export type * from "./types.ts";

export type { BackendName, Profile, Variants };

export interface KernelOptions {
  /** `wgsl`: our shaders, WebGPU required. `plain`: tfjs ops. `auto`: our shaders on WebGPU, tfjs ops elsewhere. */
  device?: "auto" | "wgsl" | "plain";
  /** Backends to try, in order. Default: webgpu, wasm, cpu; `wgsl` uses webgpu alone. */
  backends?: readonly BackendName[];
  /** Forms of the shaders instead of those chosen for the adapter; for tests and benches. */
  variants?: Partial<Variants>;
}

export interface KernelSession {
  kernels: Kernels;
  device: DeviceReport;
  /** Why faster backends were not taken; empty when the first one ran. */
  notes: Problem[];
  /** Live tensors, and everything allocated: device buffers (pools included) and their bytes; on CPU backends tfjs' tensors. */
  memory(): { tensors: number; buffers: number; bytes: number };
  /** GPU milliseconds per entry point while `work` runs; null where the device has no timestamps or the path is plain. */
  profile(work: () => Promise<void>): Promise<Profile | null>;
  /** The first device fault since the start, or null. `kernels.finish()` throws it. */
  failure(): StudioError | null;
  /** Resolves when the device is lost; never on CPU backends. */
  lost: Promise<StudioError>;
}

const ORDER: readonly BackendName[] = ["webgpu", "wasm", "cpu"];

const profiled = async (gpu: Gpu, work: () => Promise<void>): Promise<Profile> => {
  await gpu.finish();
  gpu.profiler = new Profiler(gpu.device);
  try {
    await work();
    await gpu.finish();
    return await gpu.profiler.report();
  } finally {
    gpu.profiler.dispose();
    gpu.profiler = null;
  }
};

/**
 * Starts a device and the kernels on it. tfjs' current backend is global: one device a page (or worker, or process).
 * @throws StudioError `webgpu-unavailable`, `adapter-too-small`, `backend-unavailable` when no backend of the list runs
 */
export const createKernels = async ({
  device = "auto",
  backends,
  variants,
}: KernelOptions = {}): Promise<KernelSession> => {
  const runtime = await startBackend(backends ?? (device === "wgsl" ? ["webgpu"] : ORDER));
  const failure = () => runtime.gpu?.failure() ?? null;
  const own = runtime.gpu !== null && device !== "plain" ? new Gpu(runtime.gpu.backend) : null;
  if (own !== null) await loadShaders();
  const kernels =
    own === null
      ? plainKernels()
      : wgslKernels({ gpu: own, variants: { ...chooseVariants(runtime.report), ...variants } });
  return {
    kernels: {
      ...kernels,
      async finish() {
        await kernels.finish();
        const fault = failure();
        if (fault !== null) throw fault;
      },
    },
    device: runtime.report,
    notes: runtime.notes,
    memory: () => {
      const { numBytes, numTensors, numDataBuffers } = tf.memory();
      return { tensors: numTensors, ...(own?.memory() ?? { buffers: numDataBuffers, bytes: numBytes }) };
    },
    profile: async (work) => {
      if (own !== null && runtime.report.features.timestampQuery) return profiled(own, work);
      await work();
      return null;
    },
    failure,
    lost: runtime.gpu?.lost ?? new Promise<StudioError>(() => undefined),
  };
};
