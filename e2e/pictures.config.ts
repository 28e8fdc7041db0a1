import { defineConfig } from "@playwright/test";
import { executablePath, withWebGpu } from "./browser.ts";

/** `npm run pictures`: the pictures of README and guide, from the built page. Nothing is compared; it takes some minutes. */
export default defineConfig({
  testDir: ".",
  testMatch: "*.pictures.ts",
  timeout: 1_800_000,
  expect: { timeout: 300_000 },
  workers: 1,
  reporter: "list",
  outputDir: "../test-results",
  use: {
    headless: true,
    viewport: { width: 1280, height: 720 },
    colorScheme: "light",
    launchOptions: { executablePath, args: withWebGpu },
  },
});
