import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Page } from "@playwright/test";
import { asFile, jsonl, samplePairs } from "./pairs.ts";
import { openStudio } from "./steps.ts";
import { expect, test } from "./studio.ts";

const choose = (page: Page, name: string, content: string | Uint8Array) =>
  page.locator("input[type=file]").first().setInputFiles(asFile(name, content));

test("each kind of bad file is answered with what is wrong and what to do", async ({ page, studio }) => {
  await openStudio(page, studio, "/data");
  const main = page.getByRole("main");

  await test.step("an empty file", async () => {
    await choose(page, "empty.jsonl", "");
    await expect(main.getByText(/empty/i).first()).toBeVisible();
  });
  await test.step("a picture that is called JSONL", async () => {
    await choose(
      page,
      "photo.jsonl",
      Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919) % 256),
    );
    await expect(main.getByText(/not (a )?text|UTF-8|binary/i).first()).toBeVisible();
  });
  await test.step("a file of sentences, not JSON", async () => {
    await choose(page, "notes.jsonl", "Dear diary,\ntoday I tuned a model.\n");
    await expect(main.getByText(/no (usable|good)|not JSON|none of|line 1/i).first()).toBeVisible();
  });
  await test.step("lines in another encoding among good ones", async () => {
    const good = samplePairs(30).map((pair) => JSON.stringify(pair));
    const latin1 = Buffer.from('{"query": "caf\xe9", "positive": "a place"}', "latin1");
    await choose(page, "mixed.jsonl", Buffer.concat([Buffer.from(`${good.join("\n")}\n`), latin1, Buffer.from("\n")]));
    await expect(main.getByText("line 31")).toBeVisible();
    await expect(main.getByText(/UTF-8/).first()).toBeVisible();
    const goOn = page.getByRole("button", { name: /Continue to Train/ });
    await expect(goOn).toBeDisabled();
    await main.getByRole("button", { name: "Leave out 1 bad line" }).click();
    await expect(goOn).toBeEnabled({ timeout: 30_000 });
  });
  await test.step("two pairs only", async () => {
    await choose(page, "two.jsonl", jsonl(samplePairs(2)));
    await expect(main.getByText(/too few|at least|more pairs/i).first()).toBeVisible();
    await expect(page.getByRole("button", { name: /Continue to Train/ })).toBeDisabled();
  });
  await test.step("all queries identical", async () => {
    await choose(page, "same.jsonl", jsonl(samplePairs(40).map(({ positive }) => ({ query: "help", positive }))));
    await expect(main.getByText("All 40 rows have the same query").first()).toBeVisible();
    await expect(page.getByRole("button", { name: /Continue to Train/ })).toBeDisabled();
  });
  await test.step("a document of 20,000 tokens", async () => {
    const long = Array.from({ length: 20_000 }, (_, i) => `word${i % 97}`).join(" ");
    const rows = samplePairs(40).map((row, i) => (i === 3 ? { ...row, positive: long } : row));
    await choose(page, "long.jsonl", jsonl(rows));
    await expect(main.getByText(/1 document|cut at 256|is cut/i).first()).toBeVisible({ timeout: 30_000 });
    await expect(page.getByRole("button", { name: /Continue to Train/ })).toBeEnabled({ timeout: 30_000 });
  });
});

test("a file of 200 MB is read without blocking the page", async ({ page, studio }) => {
  const folder = mkdtempSync(join(tmpdir(), "recall-studio-large-"));
  const path = join(folder, "large.jsonl");
  const out = createWriteStream(path);
  const filler = "many words about one thing and another ".repeat(50);
  for (let row = 0; out.bytesWritten + out.writableLength < 200 * 1024 * 1024; row += 1)
    if (
      !out.write(
        `${JSON.stringify({ query: `question number ${row} of many`, positive: `${row} ${filler} ${row}` })}\n`,
      )
    )
      await once(out, "drain");
  out.end();
  await once(out, "finish");

  await openStudio(page, studio, "/data");
  await page.locator("input[type=file]").first().setInputFiles(path);
  // The page answers while the worker reads: the palette opens at once.
  const started = Date.now();
  await page.getByRole("button", { name: "Keyboard shortcuts" }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  expect(Date.now() - started).toBeLessThan(5000);
  await page.keyboard.press("Escape");
  // All of it is read and shown, and the page says that it goes on to examine the rows.
  await expect(page.getByText(/the first 6 of \d{2,3},\d{3} rows/)).toBeVisible({ timeout: 180_000 });
  // Examining so much takes a while; it shows how far it is, and a stop loses nothing.
  await expect(page.getByRole("progressbar", { name: "Checking the pairs" })).toBeAttached();
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await expect(page.getByText("The examination was stopped")).toBeVisible();
  await expect(page.getByRole("button", { name: "Check again" })).toBeEnabled();
  rmSync(folder, { recursive: true, force: true });
});
