import { mkdirSync, writeFileSync } from "node:fs";
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

test("pictures of the first five minutes", async ({ page: first, context }) => {
  mkdirSync(folder, { recursive: true });
  const studio = await Studio.create();
  const frames: Frame[] = [];
  const seen = async (page: Page, ms: number) => void frames.push({ png: await page.screenshot(), ms });
  try {
    await openStudio(first, studio);
    const begun = first.getByRole("main");
    await expect(begun.getByText("After tuning: right")).toBeVisible();
    await expect(first.getByRole("button", { name: /on this computer\)$/ })).toBeVisible();
    await save(first, "opening");
    await seen(first, 3500);
    await first.getByRole("button", { name: /^Train on the sample/ }).click();
    await expect(first).toHaveURL(/run=/);
    await expect(begun.getByText("Baseline on the test")).toBeVisible();
    await expect(begun.getByRole("list", { name: "Watched questions" })).toBeVisible();
    await seen(first, 1500);
    for (const step of [2, 4, 6]) {
      await expect(begun.getByText(new RegExp(`Step ${step}\\b`)).first()).toBeVisible();
      await seen(first, 900);
    }
    await save(first, "train");
    await first.close();

    // What such a run comes to is shown by the one that ships with the studio.
    const page = await context.newPage();
    const main = page.getByRole("main");
    await openStudio(page, studio, "/data");
    await expect(main.getByText("Good rows")).toBeVisible();
    await save(page, "data");
    await openStudio(page, studio);
    await page.getByRole("button", { name: "See a finished run" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Compare" })).toBeVisible();
    await expect(main.getByText(/^Improved/)).toBeVisible();
    await expect(main.getByRole("figure", { name: /^Recall/ })).toBeVisible();
    await expect(main.getByText(/ixing words in/)).toBeVisible(); // every figure is there then
    await save(page, "compare");
    await seen(page, 3500);
    await openStudio(page, studio, "/inspect?run=finished-sample");
    await expect(page.getByRole("table", { name: "Queries" })).toBeVisible();
    await expect(main.getByText("right document", { exact: false }).first()).toBeVisible();
    await save(page, "inspect");
    await seen(page, 3500);

    await openStudio(page, studio, "/compare?run=finished-sample");
    await page.getByRole("button", { name: /^Promote/ }).click();
    const dialog = page.getByRole("dialog", { name: /^Promote / });
    await expect(dialog.getByText(/^All checks passed\./)).toBeVisible();
    await dialog.getByRole("textbox").fill("More questions find their answer.");
    await seen(page, 2500);
    await dialog.getByRole("button", { name: "Promote" }).click();
    await expect(dialog).toBeHidden();
    await page.getByRole("button", { name: "Put it to work" }).click();
    await expect(main.getByText(/398 of 398 documents stored/)).toBeVisible();
    await page.getByRole("group", { name: "Questions from your test set" }).getByRole("button").first().click();
    await expect(main.getByRole("status").filter({ hasText: /results in/ })).toHaveCount(2);
    await main.getByRole("heading", { level: 2, name: "In production" }).scrollIntoViewIfNeeded();
    await save(page, "playground");
    await seen(page, 4000);

    const recording = await recordingOf(frames);
    expect(recording.length).toBeLessThan(LARGEST_RECORDING);
    writeFileSync(`${folder}/tour.webp`, recording);
  } finally {
    await studio.dispose();
  }
});
