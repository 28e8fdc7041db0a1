import { executablePath, withoutWebGpu } from "./browser.ts";
import { jsonl, samplePairs } from "./pairs.ts";
import { chooseTinyBase, drop, openStudio, startTraining } from "./steps.ts";
import { expect, test } from "./studio.ts";

test.use({ launchOptions: { executablePath, args: withoutWebGpu } });

test("without WebGPU the same run works on the processor, and the studio says that it is slow", async ({
  page,
  studio,
}) => {
  const failures: string[] = [];
  page.on("pageerror", (error) => failures.push(error.message));
  await openStudio(page, studio);
  await drop(page, "pairs.jsonl", jsonl(samplePairs(40)));
  await page
    .getByRole("button", { name: /Continue to Train/ })
    .or(page.getByRole("link", { name: /Continue to Train/ }))
    .click({ timeout: 60_000 });
  await expect(page.getByText("No WebGPU in this browser, so training is slower")).toBeVisible({ timeout: 60_000 });
  await chooseTinyBase(page);
  await page.getByText("Fast", { exact: true }).click();
  await expect(page.getByText(/^\d+ steps, about .+ on this computer$/)).toBeVisible({ timeout: 120_000 });
  await expect(page.getByText(/^measured on this computer in \d steps?$/)).toBeVisible();
  await expect(page.getByText("Scoring time")).toBeVisible();
  await startTraining(page);
  await expect(page.getByRole("heading", { name: "Results" })).toBeVisible({ timeout: 120_000 });
  await expect(page.getByRole("button", { name: "Download the model" })).toBeEnabled({ timeout: 60_000 });
  expect(failures).toEqual([]);
});
