import { openDevice, type DeviceSession } from "../../src/engine/index.ts";
import { hasGraphicsAdapter } from "./graphicsProbe.ts";
import { UsageError } from "./problems.ts";

const NAMES = { webgpu: "WebGPU", wasm: "WebAssembly", cpu: "JavaScript" };

/**
 * WebGPU where the Vulkan loader finds a device, else WebAssembly, else plain JavaScript; or the one asked for. Says on
 * stderr which it is, and why a faster one was not taken.
 */
export const openCliDevice = async (backend: "auto" | "webgpu" | "wasm" | "cpu"): Promise<DeviceSession> => {
  const session = await open(backend);
  for (const { message } of session.notes) console.error(`Not used: ${message}`);
  const { device } = session;
  console.error(
    `Computing with ${NAMES[device.backend]}: ${device.adapter}${device.slow ? " (no GPU, so this is slow)" : ""}`,
  );
  return session;
};

const open = async (backend: "auto" | "webgpu" | "wasm" | "cpu"): Promise<DeviceSession> => {
  try {
    if (backend === "auto" && !(await hasGraphicsAdapter())) {
      console.error("Not used: No graphics adapter is available for WebGPU.");
      return await openDevice({ backends: ["wasm", "cpu"] });
    }
    return await openDevice(backend === "auto" ? {} : { backends: [backend] });
  } catch (error) {
    if (backend === "auto") throw error;
    throw new UsageError(
      "usage",
      `--backend ${backend}: ${(error as Error).message}`,
      "Leave the flag out to use the fastest that works here.",
    );
  }
};
