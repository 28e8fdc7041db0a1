import type { Page } from "playwright";

/**
 * What a driver asks of the page runs on the page's own thread, and finding a button by its role among everything that is
 * drawn takes longer there than what is measured. These ask as little as can be.
 */

/** Waits until the page shows a text. */
export const shown = async (page: Page, text: string): Promise<void> => {
  const there = `document.querySelector("main")?.textContent.includes(${JSON.stringify(text)}) ?? false`;
  while (!(await page.evaluate<boolean>(there))) await page.waitForTimeout(250);
};

/** Presses the first button or link whose text holds all of these, as soon as it is enabled. */
export const press = async (page: Page, ...texts: string[]): Promise<void> => {
  const press = `(() => {
    const named = (one) => ${JSON.stringify(texts)}.every((text) => one.textContent.includes(text));
    const found = [...document.querySelectorAll("main button, main a")].find((one) => named(one) && !one.disabled && one.ariaDisabled !== "true");
    found?.click();
    return found !== undefined;
  })()`;
  while (!(await page.evaluate<boolean>(press))) await page.waitForTimeout(250);
};
