import { defineConfig } from "@playwright/test";
import { executablePath, withWebGpu } from "./e2e/browser.ts";

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
    launchOptions: { executablePath, args: withWebGpu },
  },
});
