import { expect, type Page } from "@playwright/test";
import type { Studio } from "./studio.ts";

/** Drops a file anywhere on the window, as a person does. */
export const drop = async (page: Page, name: string, content: string): Promise<void> => {
  const transfer = await page.evaluateHandle(
    ({ name: fileName, content: text }) => {
      const data = new DataTransfer();
      data.items.add(new File([text], fileName, { type: "application/x-ndjson" }));
      return data;
    },
    { name, content },
  );
  await page.dispatchEvent("body", "dragenter", { dataTransfer: transfer });
  await expect(page.getByText("Drop the file to read it")).toBeVisible();
  for (const type of ["dragover", "drop"]) await page.dispatchEvent("body", type, { dataTransfer: transfer });
};

export const openStudio = async (page: Page, studio: Studio, path = "/"): Promise<void> => {
  await page.goto(`${studio.url}${path}`);
  await expect(page.getByRole("link", { name: "Data", exact: true })).toBeVisible();
};

/** Sets a field of the advanced fold. */
export const setAdvanced = async (page: Page, label: string, value: string): Promise<void> => {
  const field = page.getByLabel(label, { exact: true });
  if (!(await field.isVisible())) await page.getByRole("button", { name: /^Advanced/ }).click();
  await field.fill(value);
  await field.blur();
};

/** From a chosen data set to the first step of its training. */
export const startTraining = async (page: Page): Promise<void> => {
  const start = page.getByRole("button", { name: "Start training" });
  await expect(start).toBeEnabled({ timeout: 60_000 });
  await start.click();
};
