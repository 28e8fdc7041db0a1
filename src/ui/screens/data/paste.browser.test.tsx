import "@mantine/core/styles.css";
import { MantineProvider } from "@mantine/core";
import { createRoot } from "react-dom/client";
import { expect, onTestFinished, test } from "vitest";
import { page } from "vitest/browser";
import { StoresContext, type Stores } from "../../../app/stores.ts";
import { theme } from "../../theme/theme.ts";
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
  const host = document.body.appendChild(document.createElement("main"));
  const root = createRoot(host);
  onTestFinished(() => {
    root.unmount();
    host.remove();
  });
  root.render(
    <MantineProvider theme={theme}>
      <StoresContext value={{ datasets } as unknown as Stores}>
        <Pasting />
      </StoresContext>
    </MantineProvider>,
  );
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
