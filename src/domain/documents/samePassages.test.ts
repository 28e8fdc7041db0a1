import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readCases } from "../../testing/documentCases.ts";
import { diskModel, tinyBase } from "../../testing/modelFiles.ts";
import { pdfData } from "../../testing/pdfData.ts";
import { loadTokenizer } from "../text/tokenizer.ts";

/** Held against the same file in Chromium: src/worker/questions/host/samePassages.browser.test.ts. Vitest's `-u` writes it. */
it("cuts the case files into the passages on record", async () => {
  const open = async (name: string) => new Uint8Array(await readFile(join(import.meta.dirname, "cases", name)));
  const read = await readCases(open, await loadTokenizer(diskModel(tinyBase)), pdfData);
  await expect(`${JSON.stringify(read, null, 1)}\n`).toMatchFileSnapshot("cases/passages.json");
});
