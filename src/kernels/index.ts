import * as tf from "@tensorflow/tfjs-core";
import type { Problem, StudioError } from "../domain/errors.ts";
import type { DeviceReport } from "../domain/training/types.ts";
import { type BackendName, type Runtime, startBackend } from "./runtime/backend.ts";
import { isImitated } from "./runtime/device.ts";
import { finishNamed } from "./runtime/finishNamed.ts";
import { Gpu } from "./runtime/gpu.ts";
import { type Profile, Profiler } from "./runtime/profiler.ts";
import { loadShaders } from "./runtime/shaders.ts";
import { tfjsKernels } from "./tfjs/tfjs-kernels.ts";
import type { Kernels } from "./types.ts";
import type { LinearForms, Variants } from "./wgsl/context.ts";
import { mixedForms, noShaders, offeredMixed } from "./wgsl/mixed.ts";
import { noteOf, tune as tuneKernels, type TuningCache } from "./wgsl/tune.ts";
import { chooseVariants } from "./wgsl/variants.ts";
import { wgslKernels } from "./wgsl/wgsl-kernels.ts";

export type * from "./types.ts";

export type { BackendName, Profile, TuningCache, Variants };

export interface KernelOptions {
  /** `wgsl`: our shaders, WebGPU required. `tfjs`: tfjs ops. `auto`: our shaders on WebGPU, tfjs ops elsewhere. */
  device?: "auto" | "wgsl" | "tfjs";
  /** Backends to try, in order. Default: webgpu, wasm, cpu; `wgsl` uses webgpu alone. */
  backends?: readonly BackendName[];
  /** Forms of the shaders instead of those chosen for the adapter; for tests and benches. */
  variants?: Partial<Variants>;
  /** Holds each form to the plain one on this device and takes the fastest of those that agree. Default: on GPUs; software adapters are known. */
  tune?: boolean;
  /** Keeps what was chosen for each adapter. */
  tuningCache?: TuningCache;
  /** Bytes of one binding where that is less than the device allows: how a smaller adapter fares. For tests. */
  largestBinding?: number;
}

export interface KernelSession {
  kernels: Kernels;
  device: DeviceReport;
  /** The forms that run; null on tfjs ops. */
  variants: Variants | null;
  /**
   * The same kernels in mixed precision: forward products with frozen weights have f16 factors, everything else is float32. Handles (weights,
   * batches, stores, tensors) are those of `kernels`.
   *
   * @throws StudioError `mixed-precision-off` where the device cannot, where its f16 forms do not hold or are no faster
   */
  mixed(): Promise<Kernels>;
  /** Why faster backends or kernel forms were not taken; empty when the first ones run. */
  notes: Problem[];
  /** Live tensors, and everything allocated: device buffers (pools included) and their bytes; on CPU backends tfjs' tensors. */
  memory(): { tensors: number; buffers: number; bytes: number };
  /** GPU milliseconds per entry point while `work` runs; null where the device has no timestamps or the kernels are tfjs ops. */
  profile(work: () => Promise<void>): Promise<Profile | null>;
  /** The first device fault since the start, or null. `kernels.finish()` throws it. */
  failure(): StudioError | null;
  /** Resolves when the device is lost; never on CPU backends. */
  lost: Promise<StudioError>;
  /** Gives the device up, with all that lies on it; `lost` then resolves. The next session starts on a fresh one. */
  close(): void;
}

const ORDER: readonly BackendName[] = ["webgpu", "wasm", "cpu"];

/**
 * Backends in the order of their speed here. A graphics adapter that is imitated on the processor comes after WebAssembly, which does
 * the same work there in a quarter of the processor time (docs/performance.md).
 */
export const quickestBackends = async (): Promise<readonly BackendName[]> =>
  (await isImitated()) ? ["wasm", "webgpu", "cpu"] : ORDER;

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

/** The forms that run, those that mixed precision would, where it is offered, and why others are left out. */
interface SettledForms {
  variants: Variants;
  mixed?: LinearForms;
  refused: Problem[];
}

/** Loads the shaders and settles their forms: those asked for, else those timed, else those that suit the adapter. */
const forms = async (
  own: Gpu,
  { report }: Runtime,
  info: GPUAdapterInfo,
  { variants: asked, tune = !report.slow, tuningCache }: KernelOptions,
): Promise<SettledForms> => {
  await loadShaders();
  const variants = { ...chooseVariants(report, info), ...asked };
  if (!tune || asked?.linear !== undefined) return { variants, refused: [] };
  const tuned = await tuneKernels(own, report, info, variants, { fixed: asked, cache: tuningCache });
  const mixed = await offeredMixed(own, report, tuned.variants, tuningCache);
  return { variants: tuned.variants, refused: tuned.refused.map(noteOf), ...(mixed && { mixed }) };
};

const namesOf = ({ few, some, many }: LinearForms): string => `${few} ${some} ${many}`;

/** The forms as the run's events and the manifest carry them. */
const named = ({ variants: { linear, attention, reduce }, mixed, refused }: SettledForms): DeviceReport["kernels"] => ({
  linear: namesOf(linear),
  attention,
  reduce,
  ...(mixed && { mixed: namesOf(mixed) }),
  refused: refused.map(({ message }) => message),
});

/**
 * Starts a device and the kernels on it. tfjs' current backend is global: one device a page (or worker, or process).
 * @throws StudioError `webgpu-unavailable`, `adapter-too-small`, `backend-unavailable` when no backend of the list runs
 */
export const createKernels = async (options: KernelOptions = {}): Promise<KernelSession> => {
  const { device = "auto", backends, largestBinding } = options;
  const runtime = await startBackend(backends ?? (device === "wgsl" ? ["webgpu"] : ORDER));
  const failure = () => runtime.gpu?.failure() ?? null;
  const gpu = device === "tfjs" ? null : runtime.gpu;
  const own = gpu && new Gpu(gpu.backend, largestBinding);
  const settled = own && gpu && (await forms(own, runtime, gpu.info, options));
  const chosen = settled?.variants ?? null;
  const lost = runtime.gpu?.lost ?? new Promise<StudioError>(() => undefined);
  const watched = (kernels: Kernels): Kernels => ({
    ...kernels,
    finish: () => finishNamed(() => kernels.finish(), { failure, lost }),
  });
  const report = settled ? { ...runtime.report, kernels: named(settled) } : runtime.report;
  return {
    kernels: watched(own === null || chosen === null ? tfjsKernels() : wgslKernels({ gpu: own, variants: chosen })),
    mixed: async () => {
      if (own === null || chosen === null) throw noShaders();
      const forward = await mixedForms(own, runtime.report, chosen, options.tuningCache);
      return watched(wgslKernels({ gpu: own, variants: { ...chosen, forward } }));
    },
    device: report,
    variants: chosen,
    notes: [...runtime.notes, ...(settled?.refused ?? [])],
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
    lost,
    close: () => runtime.gpu?.device.destroy(),
  };
};
