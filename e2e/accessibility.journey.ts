import { expectAccessible, openStudio } from "./steps.ts";
import { expect, test } from "./studio.ts";

const screens = ["", "data", "data/documents", "train", "compare", "inspect", "models", "playground"];

test("every screen is free of axe violations, empty, in light and dark colors", async ({ page, studio }) => {
  for (const screen of screens) {
    await openStudio(page, studio, `/${screen}`);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expectAccessible(page, screen);
  }
});

test("the keyboard reaches every screen, the palette and the shortcuts", async ({ page, studio }) => {
  await openStudio(page, studio, "/data");
  await page.keyboard.press("Tab");
  await expect(page.locator(":focus")).toHaveText(/skip/i);
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("dialog")).toBeVisible();
  await expect(page.getByRole("dialog").getByRole("textbox")).toBeFocused();
  await page.keyboard.type("models");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/models/);
  await expect(page.getByRole("heading", { level: 1, name: "Models" })).toBeVisible();
  await expect(page.getByRole("dialog")).toBeHidden();
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: /shortcuts/i })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
});
