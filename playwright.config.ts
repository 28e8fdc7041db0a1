import { existsSync } from "node:fs";
import { defineConfig } from "@playwright/test";

const system = "/usr/bin/chromium";

/** Journeys in real Chromium with WebGPU. Each starts its own studio on its own port and data folder (e2e/studio.ts). */
export default defineConfig({
  testDir: "e2e",
  testMatch: "*.journey.ts",
  timeout: 300_000,
  expect: { timeout: 15_000 },
  workers: 1,
  outputDir: "test-results",
  use: {
    headless: true,
    viewport: { width: 1360, height: 900 },
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: process.env.STUDIO_CHROMIUM ?? (existsSync(system) ? system : undefined),
      args: [
        "--no-sandbox",
        "--enable-unsafe-webgpu",
        "--use-webgpu-adapter=swiftshader",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
      ],
    },
  },
});
