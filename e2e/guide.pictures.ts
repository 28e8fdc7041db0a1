import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Page } from "@playwright/test";
import sharp from "sharp";
import { openStudio } from "./steps.ts";
import { expect, Studio, test } from "./studio.ts";

const folder = fileURLToPath(new URL("../docs/images", import.meta.url));
/** The recording is to open quickly on a page of a repository. */
const LARGEST_RECORDING = 3 * 1024 * 1024;

/** What was seen, and for how many milliseconds it is shown. */
interface Frame {
  png: Buffer;
  ms: number;
}

/** Pictures of few colours: the same to the eye, a third of the size. */
const save = async (page: Page, name: string): Promise<void> => {
  await page.mouse.move(0, 0); // no tooltip in the picture
  const png = await page.screenshot();
  writeFileSync(`${folder}/${name}.png`, await sharp(png).png({ palette: true, quality: 90, effort: 10 }).toBuffer());
};

const recordingOf = (frames: readonly Frame[]): Promise<Buffer> =>
  Promise.all(frames.map(({ png }) => sharp(png).resize(960).png().toBuffer())).then((pages) =>
    sharp(pages, { join: { animated: true } })
      .webp({ quality: 72, effort: 6, loop: 0, delay: frames.map(({ ms }) => ms) })
      .toBuffer(),
  );

test("pictures of the first five minutes", async ({ page }) => {
  mkdirSync(folder, { recursive: true });
  const studio = await Studio.create();
  const frames: Frame[] = [];
  const seen = async (ms: number) => void frames.push({ png: await page.screenshot(), ms });
  const main = page.getByRole("main");
  try {
    await openStudio(page, studio);
    await expect(main.getByText("After tuning: right")).toBeVisible();
    await expect(page.getByRole("button", { name: /on this computer\)$/ })).toBeVisible();
    await save(page, "opening");
    await seen(3500);

    await page.getByRole("button", { name: /^Train on the sample/ }).click();
    await expect(page).toHaveURL(/run=/);
    await expect(main.getByText("Baseline on the test")).toBeVisible();
    await seen(1500);
    for (let shown = 0; shown < 4; shown += 1) {
      const step = new RegExp(`Step ${3 + 6 * shown}\\b`);
      await expect(main.getByText(step).first()).toBeVisible({ timeout: 900_000 });
      await seen(900);
    }
    await main.getByRole("list", { name: "Watched questions" }).scrollIntoViewIfNeeded();
    await save(page, "train");
    await seen(1500);
    await expect(page.getByRole("heading", { name: "Results" })).toBeVisible({ timeout: 900_000 });
    await expect(page.getByRole("button", { name: "Download the model" })).toBeEnabled();
    await page.evaluate(() => window.scrollTo(0, 0));
    await seen(3500);

    await main.getByRole("link", { name: "Compare", exact: true }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Compare" })).toBeVisible();
    await expect(main.getByText(/^Improved/)).toBeVisible();
    await save(page, "compare");
    await seen(3500);
    await page.goto(page.url().replace("/compare", "/inspect"));
    await expect(page.getByRole("table", { name: "Queries" })).toBeVisible();
    await expect(main.getByText("right document", { exact: false }).first()).toBeVisible();
    await save(page, "inspect");
    await seen(3500);

    await page.goto(page.url().replace("/inspect", "/compare"));
    await page.getByRole("button", { name: /Promote/ }).click();
    const dialog = page.getByRole("dialog", { name: /^Promote / });
    await expect(dialog.getByText(/^All checks passed\./)).toBeVisible();
    await dialog.getByRole("textbox").fill("More questions find their answer.");
    await seen(2500);
    await dialog.getByRole("button", { name: "Promote" }).click();
    await expect(dialog).toBeHidden();
    await page.getByRole("button", { name: "Put it to work" }).click();
    await expect(main.getByText(/398 of 398 documents stored/)).toBeVisible();
    await page.getByRole("group", { name: "Questions from your test set" }).getByRole("button").first().click();
    await expect(main.getByRole("status").filter({ hasText: /results in/ })).toHaveCount(2);
    await main.getByRole("heading", { level: 2, name: "In production" }).scrollIntoViewIfNeeded();
    await save(page, "playground");
    await seen(4000);

    await page.goto(`${studio.url}/data`);
    await expect(main.getByText("Good rows")).toBeVisible();
    await save(page, "data");
    const recording = await recordingOf(frames);
    writeFileSync(`${folder}/tour.webp`, recording);
    expect(statSync(`${folder}/tour.webp`).size).toBeLessThan(LARGEST_RECORDING);
  } finally {
    await studio.dispose();
  }
});
