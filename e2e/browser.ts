import { existsSync } from "node:fs";

const system = "/usr/bin/chromium";

/** Playwright's own Chromium where it was installed, the system's otherwise. */
export const executablePath = process.env.STUDIO_CHROMIUM ?? (existsSync(system) ? system : undefined);

const quiet = [
  "--no-sandbox",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

/** WebGPU on the processor, the same on every machine. */
export const withWebGpu = [...quiet, "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

/** A browser like those that have no WebGPU. */
export const withoutWebGpu = [...quiet, "--disable-features=WebGPU,WebGPUService"];
