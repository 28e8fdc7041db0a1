import { shortRun } from "./steps.ts";
import { test } from "./studio.ts";

test("WebGPU in the page: a run on the adapter that is there, though it is imitated", async ({ page, studio }) => {
  await page.addInitScript(() => localStorage.setItem("recall-studio.compute", "webgpu"));
  await shortRun(page, studio, /^GPU: .*swiftshader.*not a hardware GPU/i);
});
