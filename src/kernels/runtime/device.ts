import { isSoftware } from "../../domain/adapter.ts";
import { StudioError } from "../../domain/errors.ts";
import { faultOf } from "./faults.ts";
import { inNode, nodeGpu } from "./node-gpu.ts";

/** A GPUDevice of our own, and what we know about it. */
export interface Device {
  device: GPUDevice;
  info: GPUAdapterInfo;
  /** The first device fault (lost, out of memory, a rejected command), or null while all is well. */
  failure(): StudioError | null;
  /** Resolves with the reason when the device is lost. Never rejects. */
  lost: Promise<StudioError>;
}

/** Features that we use where the adapter has them. */
const WANTED: GPUFeatureName[] = ["shader-f16", "subgroups", "timestamp-query"];

/** Limits that we take from the adapter as they are; the defaults are often far below. */
const LIMITS = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
  "maxComputeWorkgroupSizeZ",
  "maxComputeWorkgroupsPerDimension",
  "maxStorageBuffersPerShaderStage",
] as const;

/** What the shaders need at least. */
const REQUIRED = {
  maxComputeInvocationsPerWorkgroup: 256,
  maxStorageBuffersPerShaderStage: 8,
  maxComputeWorkgroupStorageSize: 16384,
};

const LOST_HINT =
  "Reload the page (or run the command again); training continues from the last saved state. If it happens again, lower the tokens a step and close other programs that use the GPU.";

const gpuObject = async (): Promise<GPU> => {
  if (inNode()) {
    try {
      return await nodeGpu();
    } catch (cause) {
      throw new StudioError(
        "webgpu-unavailable",
        "The webgpu package could not be loaded.",
        "Reinstall the dependencies, or go on with the slower CPU backend.",
        { cause },
      );
    }
  }
  if (navigator.gpu === undefined)
    throw new StudioError(
      "webgpu-unavailable",
      "This browser offers no WebGPU.",
      "Use a recent Chrome or Edge over https or localhost, or go on with the slower CPU backend.",
    );
  return navigator.gpu;
};

/** Whether WebGPU is there, but only imitated on the processor. Errors while asking say no. */
export const isImitated = async (): Promise<boolean> => {
  try {
    const adapter = await (await gpuObject()).requestAdapter({ powerPreference: "high-performance" });
    return adapter !== null && isSoftware(adapter.info);
  } catch {
    return false; // Starting the device tells why.
  }
};

const check = (limits: GPUSupportedLimits): void => {
  for (const [name, least] of Object.entries(REQUIRED)) {
    const found = limits[name as keyof typeof REQUIRED];
    if (found < least)
      throw new StudioError(
        "adapter-too-small",
        `The graphics adapter offers ${name} ${found}, training needs ${least}.`,
        "Choose another GPU in the browser's or system's settings, or go on with the slower CPU backend.",
      );
  }
};

/** Watches a device and turns its faults into named errors. */
const watch = (device: GPUDevice): Pick<Device, "failure" | "lost"> => {
  let failure: StudioError | null = null;
  device.onuncapturederror = ({ error }) => {
    failure ??= faultOf(error);
  };
  const lost = device.lost.then(({ reason, message }) => {
    const error = new StudioError("device-lost", `The GPU device was lost (${reason}): ${message}`, LOST_HINT);
    failure = error;
    return error;
  });
  return { failure: () => failure, lost };
};

/**
 * Asks for a device with every feature and limit that we can use.
 * @throws StudioError `webgpu-unavailable` without WebGPU or adapter, `adapter-too-small` below our minimum
 */
export const requestDevice = async (): Promise<Device> => {
  const gpu = await gpuObject();
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null)
    throw new StudioError(
      "webgpu-unavailable",
      "No graphics adapter is available for WebGPU.",
      "Update the graphics driver, allow hardware acceleration in the browser's settings, or go on with the slower CPU backend.",
    );
  check(adapter.limits);
  const requiredFeatures = WANTED.filter((feature) => adapter.features.has(feature));
  const requiredLimits = Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]]));
  let device: GPUDevice;
  try {
    device = await adapter.requestDevice({ requiredFeatures, requiredLimits });
  } catch (cause) {
    throw new StudioError(
      "webgpu-unavailable",
      "The graphics adapter gave no device.",
      "Close other programs that use the GPU and try again, or go on with the slower CPU backend.",
      { cause },
    );
  }
  return { device, info: adapter.info, ...watch(device) };
};
