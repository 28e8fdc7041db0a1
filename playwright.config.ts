import { defineConfig } from "@playwright/test";
import { executablePath, withWebGpu } from "./e2e/browser.ts";

/** Journeys in real Chromium with WebGPU. Each starts its own studio on its own port and data folder (e2e/studio.ts). */
export default defineConfig({
  testDir: "e2e",
  testMatch: "*.journey.ts",
  timeout: 300_000,
  expect: { timeout: 15_000 },
  // A journey waits as long as it computes: two keep two cores busy.
  workers: 2,
  outputDir: "test-results",
  use: {
    headless: true,
    viewport: { width: 1360, height: 900 },
    // Recording a trace of every step costs time: `npx playwright test --trace on FILE` shows what went wrong.
    screenshot: "only-on-failure",
    launchOptions: { executablePath, args: withWebGpu },
  },
});
