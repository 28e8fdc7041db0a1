import { jsonl, samplePairs } from "./pairs.ts";
import { chooseTinyBase, drop, openStudio, setAdvanced, startTraining } from "./steps.ts";
import { expect, test } from "./studio.ts";

// All other journeys compute on WebAssembly, which is the quicker one where a graphics card is only imitated.
test("WebGPU in the page: a run on the adapter that is there, though it is imitated", async ({ page, studio }) => {
  await page.addInitScript(() => localStorage.setItem("recall-studio.compute", "webgpu"));
  const failures: string[] = [];
  page.on("pageerror", (error) => failures.push(error.message));
  await openStudio(page, studio);
  await expect(page.getByRole("group", { name: /^GPU: .*swiftshader.*not a hardware GPU/i })).toBeVisible({
    timeout: 60_000,
  });
  await drop(page, "pairs.jsonl", jsonl(samplePairs(24)));
  await page.getByRole("button", { name: /Continue to Train/ }).click({ timeout: 60_000 });
  await expect(page.getByText("No hardware GPU, so training is slower")).toBeVisible({ timeout: 60_000 });
  await chooseTinyBase(page);
  await page.getByText("Fast", { exact: true }).click();
  // Two steps pass all kernels, forward, backward and in the update; more of them only repeat it.
  for (const [field, value] of [
    ["Tokens a text", "32"],
    ["Epochs", "1"],
  ] as const)
    await setAdvanced(page, field, value);
  await expect(page.getByText(/^\d+ steps, about .+ on this computer$/)).toBeVisible({ timeout: 120_000 });
  await expect(page.getByText(/^measured on this computer in \d steps?$/)).toBeVisible();
  await expect(page.getByText("Scoring time")).toBeVisible();
  await startTraining(page);
  await expect(page.getByRole("heading", { name: "Results" })).toBeVisible({ timeout: 240_000 });
  await expect(page.getByRole("button", { name: "Download the model" })).toBeEnabled({ timeout: 60_000 });
  expect(failures).toEqual([]);
});
