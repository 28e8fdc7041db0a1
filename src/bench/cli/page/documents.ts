import { createWriteStream } from "node:fs";
import { once } from "node:events";
import type { Page } from "playwright";
import { sentence } from "./pairs.ts";
import { press, shown } from "./press.ts";

/**
 * Writes a JSONL file of so many documents with titles, each of one passage: about 12 words in its first sentence and 80 below.
 *
 * @returns the file's bytes
 */
export const writeDocuments = async (path: string, count: number): Promise<number> => {
  const out = createWriteStream(path);
  for (let row = 0; row < count; row += 1) {
    const document = {
      title: `${sentence(3)} ${row}`,
      text: `${sentence(11)} ${row}. ${sentence(40)}. ${sentence(40)}.`,
    };
    if (!out.write(`${JSON.stringify(document)}\n`)) await once(out, "drain");
  }
  out.end();
  await once(out, "finish");
  return out.bytesWritten;
};

/** From documents to weak pairs, and into the filters until the base has read for a while; then it is stopped. */
export const documentSteps = (path: string): [name: string, run: (page: Page) => Promise<void>][] => [
  [
    "documents dropped, until they are read and cut",
    async (page) => {
      await page.locator("input[type=file]:not([webkitdirectory])").first().setInputFiles(path);
      await shown(page, "Write questions");
    },
  ],
  [
    "weak pairs made, and the first 20 s of the filters",
    async (page) => {
      await page.evaluate(`document.querySelector('input[type="radio"][value="weak"]').click()`);
      await press(page, "Make weak pairs");
      await shown(page, "the base reads");
      await page.waitForTimeout(20_000);
    },
  ],
  [
    "stopped",
    async (page) => {
      await press(page, "Stop");
      await shown(page, "Look at what is there");
    },
  ],
  [
    "page opened again, until the documents are there",
    async (page) => {
      await page.goto(page.url());
      await shown(page, "Look at what is there");
    },
  ],
];
