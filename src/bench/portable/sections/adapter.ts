import { execFileSync } from "node:child_process";
import { nodeGpu } from "../../../kernels/runtime/node-gpu.ts";
import { isSoftware } from "../../../domain/adapter.ts";
import { requestDevice } from "../../../kernels/runtime/device.ts";
import { createKernels } from "../../../kernels/index.ts";
import { formNames } from "../forms.ts";

export interface AdapterResult {
  info: Record<string, unknown>;
  software: boolean;
  features: string[];
  limits: Record<string, number>;
  /** What NVIDIA's tool says of card, driver, memory and clocks; null without it. */
  nvidia: string | null;
  /** What the engine takes by itself. */
  variants: unknown;
  /** Every form that can run here, in the words of the parity section. */
  forms: string[];
}

const INFO = ["vendor", "architecture", "device", "description", "subgroupMinSize", "subgroupMaxSize"] as const;

const nvidia = (): string | null => {
  const fields = "name,driver_version,memory.total,clocks.sm,clocks.max.sm,clocks.mem,power.limit";
  try {
    return execFileSync("nvidia-smi", [`--query-gpu=${fields}`, "--format=csv"], { encoding: "utf8", timeout: 10_000 });
  } catch {
    return null; // there is none on other cards
  }
};

/** What the device is, and which kernel forms it can run. */
export const measureAdapter = async (): Promise<AdapterResult> => {
  const adapter = await (await nodeGpu()).requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null)
    throw new Error("There is no graphics adapter: is a Vulkan driver installed, and VK_DRIVER_FILES set to its file?");
  const limits: Record<string, number> = {};
  for (const name in adapter.limits) {
    const value: unknown = adapter.limits[name as keyof GPUSupportedLimits];
    if (typeof value === "number") limits[name] = value;
  }
  const { info } = adapter;
  const { device } = await requestDevice();
  device.destroy();
  const session = await createKernels({ device: "wgsl" });
  return {
    info: Object.fromEntries(INFO.map((name) => [name, info[name]])),
    software: isSoftware(info),
    features: [...adapter.features].sort(),
    limits,
    nvidia: nvidia(),
    variants: session.variants,
    forms: formNames(session.device, info),
  };
};
