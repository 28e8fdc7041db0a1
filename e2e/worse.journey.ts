import { at } from "../src/domain/present.ts";
import { executablePath, withoutWebGpu } from "./browser.ts";
import { asFile, jsonl, samplePairs } from "./pairs.ts";
import { chooseFile, chooseTinyBase, expectAccessible, openStudio, setAdvanced, startTraining } from "./steps.ts";
import { expect, test } from "./studio.ts";

// The plain path is the quicker one where a graphics card is only imitated.
test.use({ launchOptions: { executablePath, args: withoutWebGpu } });

test("without WebGPU the studio says that it is slow; a model tuned on shuffled pairs is worse, and the studio says so; its filled screens are free of axe violations", async ({
  page,
  studio,
}) => {
  test.setTimeout(600_000);
  const failures: string[] = [];
  page.on("pageerror", (error) => failures.push(error.message));
  const pairs = samplePairs(110);
  const learnt = pairs.slice(0, 48);
  const shuffled = learnt.map(({ query }, i) => ({ query, positive: at(learnt, (i + 11) % learnt.length).positive }));
  const main = page.getByRole("main");

  await test.step("wrong pairs and a right test", async () => {
    await openStudio(page, studio, "/data");
    await expect(page.getByRole("group", { name: /^No GPU: WebAssembly/ })).toBeVisible({ timeout: 60_000 });
    await page
      .locator("input[type=file]")
      .first()
      .setInputFiles(asFile("shuffled.jsonl", jsonl(shuffled)));
    await expect(main.getByText(/^Split hash/)).toBeVisible();
    await chooseFile(page, "Choose a test file", asFile("test.jsonl", jsonl(pairs.slice(48))));
    await expect(main.getByText("test.jsonl: 62 pairs")).toBeVisible();
    // Without dev queries nothing saves the run from its data: the last step's weights are kept.
    await page.getByLabel("Dev", { exact: true }).fill("0");
    await expect(main.getByText("Dev: 0", { exact: true })).toBeVisible();
    await expectAccessible(page, "data");
    await page.getByRole("button", { name: /Continue to Train/ }).click();
  });

  await test.step("before training: the base's own sentence beside BM25, and hard negatives", async () => {
    await expect(page.getByText("No hardware GPU, so training is slower")).toBeVisible({ timeout: 60_000 });
    await chooseTinyBase(page);
    await page.getByText("Fast", { exact: true }).click();
    await setAdvanced(page, "Tokens a text", "32");
    await page.getByRole("button", { name: "Score the base with its own sentence" }).click();
    const lines = page.getByRole("table", { name: "Sentences tried before training" });
    await expect(lines.getByRole("rowheader")).toHaveText(["BM25", "Baseline, its own sentence"], { timeout: 60_000 });
    await page.getByRole("button", { name: "Mine with the base" }).click();
    await expect(main.getByText(/hard negatives? for .* They go into the next run/)).toBeVisible({ timeout: 60_000 });
    await expectAccessible(page, "train");
    await page.getByRole("button", { name: "Train without them" }).click();
  });

  await test.step("the verdict is that it is worse", async () => {
    for (const [field, value] of [
      ["Epochs", "2"],
      ["Batch size", "16"],
      ["Chunk size", "16"],
      ["Learning rate", "0.05"],
      ["Score every … steps", "0"],
    ] as const)
      await setAdvanced(page, field, value);
    await startTraining(page);
    await expect(page.getByRole("heading", { name: "Results" })).toBeVisible({ timeout: 240_000 });
    await expect(page.getByRole("button", { name: "Download the model" })).toBeEnabled({ timeout: 60_000 });
    await main.getByRole("link", { name: "Compare", exact: true }).click();
    await expect(main.getByText(/^Worse: recall@10 fell by [\d.]+ points on 62 queries/)).toBeVisible({
      timeout: 30_000,
    });
    await page.getByRole("button", { name: /^Queries that won and lost/ }).click();
    await expect(main.getByRole("link", { name: /quer(y|ies) lost/ })).toBeVisible();
    await page.getByRole("button", { name: /^Strength and dimension/ }).click();
    await page.getByRole("button", { name: "Score strengths and dimensions" }).click();
    await expect(main.getByText("This run has no dev queries, and its test is scored only once.")).toBeVisible();
    await expectAccessible(page, "compare");
  });

  await test.step("the queries that lost are first in Inspect", async () => {
    await main.getByRole("link", { name: /quer(y|ies) lost/ }).click();
    await expect(page.getByRole("table", { name: "Queries" }).getByRole("img", { name: "lost" }).first()).toBeVisible();
    await page.getByRole("button", { name: "Draw both maps" }).click();
    await expect(main.getByText(/^Drag around points/)).toBeVisible({ timeout: 120_000 });
    await page.keyboard.press("j");
    await page.keyboard.press("x");
    await expect(main.getByText("1 pair flagged as bad.")).toBeVisible();
    await expectAccessible(page, "inspect");
  });
  expect(failures).toEqual([]);
});
