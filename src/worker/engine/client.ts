import { StudioError } from "../../domain/errors.ts";
import { connect, type Connected } from "../rpc.ts";
import type { EngineService } from "./protocol.ts";

/**
 * The engine in its own worker. After it broke, a fresh one has no base in memory yet. `onWebGpu` takes WebGPU also where it is only
 * imitated on the processor.
 */
export const createEngine = (onWebGpu = false): Connected<EngineService> =>
  connect(() => (onWebGpu ? webGpuWorker() : quickestWorker()), {
    broken: () =>
      new StudioError(
        "engine-broken",
        "The engine stopped because of an error that it did not expect.",
        "Try again: a fresh engine starts, and training continues from the last saved state.",
      ),
  });

const quickestWorker = (): Worker =>
  new Worker(new URL("./host/engine.worker.ts", import.meta.url), { type: "module", name: "engine" });
/** Its name is {@link ON_WEBGPU}, spelt out: the build reads it. */
const webGpuWorker = (): Worker =>
  new Worker(new URL("./host/engine.worker.ts", import.meta.url), { type: "module", name: "engine on WebGPU" });
