import { defineConfig } from "@playwright/test";
import { executablePath, withWebGpu } from "./e2e/browser.ts";

/** The longest, begun first: at the end a worker would wait for them alone. */
const LONG = ["five-minutes", "questions", "serving", "webgpu", "worse"].map((name) => `${name}.journey.ts`);

/** Journeys in real Chromium with WebGPU. Each starts its own studio on its own port and data folder (e2e/studio.ts). */
export default defineConfig({
  testDir: "e2e",
  projects: [
    { name: "long", testMatch: LONG },
    { name: "short", testMatch: "*.journey.ts", testIgnore: LONG },
  ],
  timeout: 300_000,
  expect: { timeout: 15_000 },
  // A journey waits as long as it computes: two keep two cores busy.
  workers: 2,
  outputDir: "test-results",
  use: {
    headless: true,
    // What cannot be pressed for a minute is not there: a test's own limit is as long as its training may take.
    actionTimeout: 60_000,
    viewport: { width: 1360, height: 900 },
    // Recording a trace of every step costs time: `npx playwright test --trace on FILE` shows what went wrong.
    screenshot: "only-on-failure",
    launchOptions: { executablePath, args: withWebGpu },
  },
});
