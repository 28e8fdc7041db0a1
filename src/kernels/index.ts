import * as tf from "@tensorflow/tfjs-core";
import type { Problem, StudioError } from "../domain/errors.ts";
import type { DeviceReport } from "../domain/training/types.ts";
import { plainKernels } from "./plain/plain-kernels.ts";
import { type BackendName, startBackend } from "./runtime/backend.ts";
import type { Kernels } from "./types.ts";

export type * from "./types.ts";

export interface KernelOptions {
  /** `wgsl`: our shaders, WebGPU required. `plain`: tfjs ops. `auto`: the best that runs. */
  device?: "auto" | "wgsl" | "plain";
  /** Backends to try, in order. Default: webgpu, wasm, cpu; `wgsl` uses webgpu alone. */
  backends?: readonly BackendName[];
}

export interface KernelSession {
  kernels: Kernels;
  device: DeviceReport;
  /** Why faster backends were not taken; empty when the first one ran. */
  notes: Problem[];
  /** Bytes that tensors and weights hold on the device (or in tfjs), and the number of live tensors. */
  memory(): { bytes: number; tensors: number };
  /** The first device fault since the start, or null. `kernels.finish()` throws it. */
  failure(): StudioError | null;
  /** Resolves when the device is lost; never on CPU backends. */
  lost: Promise<StudioError>;
}

const ORDER: readonly BackendName[] = ["webgpu", "wasm", "cpu"];

/**
 * Starts a device and the kernels on it. tfjs' current backend is global: one device a page (or worker, or process).
 * @throws StudioError `webgpu-unavailable`, `adapter-too-small`, `backend-unavailable` when no backend of the list runs
 */
export const createKernels = async ({ device = "auto", backends }: KernelOptions = {}): Promise<KernelSession> => {
  const runtime = await startBackend(backends ?? (device === "wgsl" ? ["webgpu"] : ORDER));
  const failure = () => runtime.gpu?.failure() ?? null;
  const kernels = plainKernels();
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
      const { numBytes, numTensors } = tf.memory();
      return { bytes: numBytes, tensors: numTensors };
    },
    failure,
    lost: runtime.gpu?.lost ?? new Promise<StudioError>(() => undefined),
  };
};
