import * as tf from "@tensorflow/tfjs-core";
import { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { adapterName, isSoftware } from "../../domain/adapter.ts";
import { type Problem, StudioError, toProblem } from "../../domain/errors.ts";
import type { DeviceReport } from "../../domain/training/types.ts";
import { type Device, requestDevice } from "./device.ts";
import { quickenWasm } from "./wasm/index.ts";
import { inNode } from "./node-gpu.ts";

/** The tfjs backend that runs, and the device below it where there is one. */
export interface Runtime {
  report: DeviceReport;
  /** Why a faster backend was not taken, in order of trying. */
  notes: Problem[];
  gpu: (Device & { backend: WebGPUBackend }) | null;
}

export type BackendName = DeviceReport["backend"];

/**
 * tfjs' split-K matmul gives wrong results for few-tile, K ≥ 2000 shapes (`dy·Bᵀ` of LoRA is one). Program type 3, the
 * packed tile, is right everywhere.
 */
const MATMUL_PACKED = 3;

let webgpu: Promise<NonNullable<Runtime["gpu"]>> | undefined;

/** Takes out whatever webgpu backend tfjs knows; where `navigator.gpu` exists the package registers its own at import. */
const unregister = (): void => {
  if (tf.findBackendFactory("webgpu") !== null) tf.removeBackend("webgpu");
};

/** Our device registered with tfjs, once per process; asked anew after a loss. */
const webgpuBackend = (): Promise<NonNullable<Runtime["gpu"]>> => {
  // The lost backend stays tfjs' own until the next one replaces it: taken away at once, it would fail what still runs in it, and
  // what it leaves to be disposed, with errors of no name.
  const forget = () => (webgpu = undefined);
  webgpu ??= requestDevice().then(
    (device) => {
      tf.env().set("WEBGPU_MATMUL_PROGRAM_TYPE", MATMUL_PACKED);
      const backend = new WebGPUBackend(device.device, device.info);
      unregister();
      tf.registerBackend("webgpu", () => backend, 3);
      void device.lost.then(forget);
      return { ...device, backend };
    },
    (error: unknown) => {
      webgpu = undefined;
      throw error;
    },
  );
  return webgpu;
};

const activate = async (name: BackendName): Promise<void> => {
  if (!(await tf.setBackend(name)))
    throw new StudioError(
      "backend-unavailable",
      `The ${name} backend did not start.`,
      "Reload the page, or choose another backend.",
    );
  await tf.ready();
};

const CPU_REPORT = {
  features: { shaderF16: false, subgroups: false, timestampQuery: false },
  maxBufferBytes: 2 ** 31,
  maxBindingBytes: 2 ** 31,
  slow: true,
};

/** As CommonJS: that build finds its binaries beside itself, which the ES module does not in Node. */
const wasmInNode = async (): Promise<void> => {
  const name = "node:module"; // a variable, so that bundlers leave it alone
  const { createRequire } = (await import(/* @vite-ignore */ name)) as typeof import("node:module");
  createRequire(import.meta.url)("@tensorflow/tfjs-backend-wasm");
};

const starters: Record<BackendName, () => Promise<Omit<Runtime, "notes">>> = {
  webgpu: async () => {
    const gpu = await webgpuBackend();
    await activate("webgpu");
    const { features, limits } = gpu.device;
    return {
      gpu,
      report: {
        backend: "webgpu",
        adapter: adapterName(gpu.info),
        features: {
          shaderF16: features.has("shader-f16"),
          subgroups: features.has("subgroups"),
          timestampQuery: features.has("timestamp-query"),
        },
        maxBufferBytes: limits.maxBufferSize,
        maxBindingBytes: limits.maxStorageBufferBindingSize,
        slow: isSoftware(gpu.info),
      },
    };
  },
  wasm: async () => {
    if (inNode()) await wasmInNode();
    else {
      const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
      const { wasmPaths } = await import("./wasm-paths.ts");
      setWasmPaths(wasmPaths);
    }
    await activate("wasm");
    quickenWasm();
    return { gpu: null, report: { backend: "wasm", adapter: "WebAssembly on the CPU", ...CPU_REPORT } };
  },
  cpu: async () => {
    await import("@tensorflow/tfjs-backend-cpu");
    await activate("cpu");
    return { gpu: null, report: { backend: "cpu", adapter: "JavaScript on the CPU", ...CPU_REPORT } };
  },
};

/**
 * Starts the first backend of `order` that works and makes it tfjs' current one. What failed before it is told in `notes`.
 * @throws the last failure when none works
 */
export const startBackend = async (order: readonly BackendName[]): Promise<Runtime> => {
  const failures: unknown[] = [];
  for (const name of order) {
    try {
      return { ...(await starters[name]()), notes: failures.map(toProblem) };
    } catch (error) {
      failures.push(error);
    }
  }
  throw (
    failures.at(-1) ??
    new StudioError("backend-unavailable", "No backend was asked for.", "Name at least one of webgpu, wasm, cpu.")
  );
};
