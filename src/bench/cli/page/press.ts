import type { Page } from "playwright";

/**
 * What a driver asks of the page runs on the page's own thread, and finding a button by its role among everything that is
 * drawn takes longer there than what is measured. These ask as little as can be.
 */

/** Asks the page for something until it has happened. */
const until = async (page: Page, asked: string): Promise<void> => {
  while (!(await page.evaluate<boolean>(asked))) await page.waitForTimeout(250);
};

/** Waits until the page shows a text. */
export const shown = (page: Page, text: string): Promise<void> =>
  until(page, `document.querySelector("main")?.textContent.includes(${JSON.stringify(text)}) ?? false`);

/** Waits until an element is on the page. */
export const drawn = (page: Page, selector: string): Promise<void> =>
  until(page, `document.querySelector(${JSON.stringify(selector)}) !== null`);

/** Presses the first button or link whose text holds all of these, as soon as it is enabled. */
export const press = (page: Page, ...texts: string[]): Promise<void> => {
  const enabled = `!one.disabled && one.ariaDisabled !== "true"`;
  const named = texts.map((text) => `one.textContent.includes(${JSON.stringify(text)})`);
  const found = `[...document.querySelectorAll("main :is(button, a)")].find((one) => ${[enabled, ...named].join(" && ")})`;
  return until(page, `(() => { const found = ${found}; found?.click(); return found !== undefined; })()`);
};
