import "@mantine/core/styles.css";
import { expect, test } from "vitest";
import { page } from "vitest/browser";
import { mount } from "../../testing/mount.tsx";
import { PasteButton, usePastedPairs } from "./Paste.tsx";

const PAIRS = '{"query": "reset my password", "positive": "Open Settings."}';

const Pasting = () => {
  usePastedPairs();
  return <PasteButton />;
};

/** What was read, in order. */
const open = (): string[] => {
  const read: string[] = [];
  const state = { addFile: async (file: Blob, name: string) => void read.push(`${name}: ${await file.text()}`) };
  const datasets = { getState: () => state, getInitialState: () => state, subscribe: () => () => undefined };
  mount({ datasets }, <Pasting />);
  return read;
};

const paste = (target: Element, text: string): void => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", text);
  target.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
};

test("a paste anywhere is read like a file, and one into a field stays the field's", async () => {
  const read = open();
  await expect.element(page.getByRole("button", { name: "Paste pairs" })).toBeVisible();
  paste(document.body, "  ");
  paste(document.body, PAIRS);
  await expect.poll(() => read).toEqual([`pasted.jsonl: ${PAIRS}`]);
  await page.getByRole("button", { name: "Paste pairs" }).click();
  const field = page.getByLabelText("Pairs", { exact: true });
  await expect.element(field).toBeVisible();
  paste(field.element(), "something else");
  await field.fill("query,positive\na,b");
  await page.getByRole("button", { name: "Read them" }).click();
  await expect.poll(() => read).toEqual([`pasted.jsonl: ${PAIRS}`, "pasted.jsonl: query,positive\na,b"]);
});
