import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { answering, openChatEndpoint } from "../src/testing/chatEndpoint.ts";
import { samplePairs } from "./pairs.ts";
import { chooseTinyBase, expectAccessible, openStudio, setAdvanced, startTraining } from "./steps.ts";
import { expect, test } from "./studio.ts";

const cases = fileURLToPath(new URL("../src/domain/documents/cases/", import.meta.url));
const pairs = samplePairs(40);

/** A folder as people have them: Markdown, a PDF, a Word document, and one file that is broken. */
const makeFolder = (): string => {
  const root = mkdtempSync(join(tmpdir(), "documents-"));
  const folder = join(root, "manual");
  mkdirSync(folder);
  pairs.forEach(({ positive }, i) => writeFileSync(join(folder, `part-${i}.md`), `# Part ${i}\n\n${positive}\n`));
  for (const name of ["nul-in-title.pdf", "table.docx"]) copyFileSync(join(cases, name), join(folder, name));
  writeFileSync(join(folder, "broken.pdf"), "%PDF-1.7 and nothing else");
  return root;
};

test("a folder of documents becomes questions, reviewed by keyboard, a trained model, and a verdict that says so", async ({
  page,
  studio,
}) => {
  const root = makeFolder();
  // What a good model would ask is what people asked.
  const endpoint = await openChatEndpoint(({ passage }) => {
    const pair = pairs.find(({ positive }) => passage.includes(positive.slice(0, 60)));
    return pair ? answering(pair.query, "what does this passage say") : answering();
  });
  try {
    await openStudio(page, studio, "/data");
    await page.getByRole("link", { name: "From documents" }).click();
    await page.getByLabel("Folder of documents").setInputFiles(join(root, "manual"));
    const unread = page.getByRole("list").filter({ hasText: "manual/broken.pdf" });
    await expect(unread).toContainText("The PDF is damaged.", { timeout: 60_000 });
    await expect(page.getByRole("heading", { name: "manual" })).toBeVisible();

    await page.getByLabel("Address").fill(endpoint.url);
    await page.getByLabel("Model", { exact: true }).fill("scripted");
    await page.getByRole("button", { name: "Try 20 passages" }).click();
    await expect(page.getByText(/^By these, all 4\d passages take about/)).toBeVisible({ timeout: 60_000 });
    // What was written is there after a reload, and is not asked for again.
    await page.reload();
    await page.getByRole("button", { name: "Write the rest" }).click();
    await expect(page.getByRole("heading", { name: "Review" })).toBeVisible({ timeout: 120_000 });
    expect(endpoint.asked.length).toBe(new Set(endpoint.asked.map(({ passage }) => passage)).size);
    await expect(page.getByRole("row", { name: /^Talk about the text 40/ })).toBeVisible();
    await expectAccessible(page, "questions from documents");

    const place = (n: number) => page.getByText(new RegExp(`^Question ${n} of \\d+$`));
    await expect(place(1)).toBeVisible();
    await page.keyboard.press("a");
    await expect(place(2)).toBeVisible();
    await page.keyboard.press("r");
    await expect(place(3)).toBeVisible();
    await page.keyboard.press("e");
    await page.getByLabel("The question", { exact: true }).fill("in my own words");
    await page.keyboard.press("Enter");
    await expect(page.getByText(/^2 of 3 accepted/)).toBeVisible();

    await page.getByRole("button", { name: "Use these pairs" }).click();
    await expect(page.getByText(/^Questions written from documents by scripted:/)).toBeVisible({ timeout: 60_000 });
    await page.getByRole("button", { name: /Continue to Train/ }).click();
    await chooseTinyBase(page);
    for (const [label, value] of [
      ["Epochs", "1"],
      ["Batch size", "8"],
      ["Chunk size", "8"],
      ["Tokens a text", "64"],
    ] as const)
      await setAdvanced(page, label, value);
    await startTraining(page);
    await expect(page.getByRole("heading", { name: "Results" })).toBeVisible({ timeout: 200_000 });
    await page.getByRole("main").getByRole("link", { name: "Compare", exact: true }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Compare" })).toBeVisible();
    await expect(page.getByText(/Measured on generated questions/).first()).toBeVisible();
  } finally {
    await endpoint.close();
    rmSync(root, { recursive: true });
  }
});
