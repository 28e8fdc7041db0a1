import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";
import type { asFile } from "./pairs.ts";
import type { Studio } from "./studio.ts";

/** Drops a file anywhere on the window, as a person does. */
export const drop = (page: Page, name: string, content: string): Promise<void> => dropAll(page, [{ name, content }]);

/** Drops several files at once. */
export const dropAll = async (page: Page, files: { name: string; content: string }[]): Promise<void> => {
  const transfer = await page.evaluateHandle((dropped) => {
    const data = new DataTransfer();
    for (const { name, content } of dropped)
      data.items.add(new File([content], name, { type: "application/x-ndjson" }));
    return data;
  }, files);
  await page.dispatchEvent("body", "dragenter", { dataTransfer: transfer });
  await expect(page.getByText("Drop the file to read it")).toBeVisible();
  for (const type of ["dragover", "drop"]) await page.dispatchEvent("body", type, { dataTransfer: transfer });
};

/** Presses a button that opens the system's file dialog and chooses a file there. */
export const chooseFile = async (page: Page, button: string, file: ReturnType<typeof asFile>): Promise<void> => {
  const dialog = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: button }).click();
  await (await dialog).setFiles(file);
};

export const openStudio = async (page: Page, studio: Studio, path = "/"): Promise<void> => {
  await page.goto(`${studio.url}${path}`);
  await expect(page.getByRole("list", { name: "Tune" }).getByRole("link", { name: "Data", exact: true })).toBeVisible();
};

/** An element's color follows its parent's a frame later, however short a transition is: deep ones are late by many frames. */
const transitionsEnded = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    for (let quiet = 0; quiet < 3;) {
      await new Promise(requestAnimationFrame);
      quiet = document.getAnimations().some((animation) => animation instanceof CSSTransition) ? 0 : quiet + 1;
    }
  });

/** No axe violation in light and dark colors, with what is on the screen now. */
export const expectAccessible = async (page: Page, screen: string): Promise<void> => {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    // The page hears of the change; axe would meet some of the old colors before that.
    await expect(page.locator("html")).toHaveAttribute("data-mantine-color-scheme", colorScheme);
    await transitionsEnded(page);
    // Otherwise axe opens another page for each look, to put the findings of foreign frames together; there are none.
    const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
    expect(
      violations.map(
        ({ id, nodes }) =>
          `${screen}, ${colorScheme}: ${id} at ${nodes.map(({ target }) => target.join(" ")).join(", ")}`,
      ),
    ).toEqual([]);
  }
};

/** Sets a field of the advanced fold. */
export const setAdvanced = async (page: Page, label: string, value: string): Promise<void> => {
  const field = page.getByLabel(label, { exact: true });
  if (!(await field.isVisible())) await page.getByRole("button", { name: /^Advanced/ }).click();
  await field.fill(value);
  await field.blur();
};

/** The quickest base, where a journey is not about what is learnt. */
export const chooseTinyBase = (page: Page): Promise<void> =>
  page.getByLabel("Base model", { exact: true }).getByText("qwen3-embedding-tiny", { exact: true }).click();

/** From a chosen data set to the first step of its training. */
export const startTraining = async (page: Page): Promise<void> => {
  const start = page.getByRole("button", { name: "Start training" });
  await expect(start).toBeEnabled({ timeout: 60_000 });
  await start.click();
};
