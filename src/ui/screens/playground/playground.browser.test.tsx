import "@mantine/core/styles.css";
import "../../theme/global.css";
import { MantineProvider } from "@mantine/core";
import axe from "axe-core";
import type { ReactNode } from "react";
import { createRoot, type Root } from "react-dom/client";
import { createMemoryRouter, RouterProvider } from "react-router";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { page } from "vitest/browser";
import { createStore } from "zustand/vanilla";
import { createRunsStore } from "../../../app/runs/store.ts";
import type { IngestInput } from "../../../app/search/ingest.ts";
import { StoresContext, type Stores } from "../../../app/stores.ts";
import { memoryContents } from "../../../app/testing/runs.ts";
import { sampleRun, sampleSeries } from "../../../app/testing/stores.ts";
import { rankChanges } from "../../../domain/evaluation/index.ts";
import { at } from "../../../domain/present.ts";
import { theme } from "../../theme/theme.ts";
import { PutToWork } from "../models/PutToWork.tsx";
import { Ingest } from "./Ingest.tsx";
import { Suggestions } from "./Suggestions.tsx";

const VERSION = "v1-0a1b2c3d";

/** The real stores of runs and their contents; the server's side only remembers what it was sent. */
const setUp = async () => {
  const run = { ...sampleRun(), registryVersion: VERSION };
  const runs = createRunsStore({ list: async () => [run], put: async () => undefined, remove: async () => undefined });
  await runs.getState().load();
  const { store: runContents } = memoryContents({
    [run.id]: { contents: run, series: sampleSeries(run), corpus: run.task.corpus },
  });
  const sent: IngestInput[] = [];
  const search = createStore(() => ({
    sending: false,
    ingestProblem: null,
    ingest: async (input: IngestInput) => {
      sent.push(input);
      return true;
    },
  }));
  const models = createStore(() => ({ list: { production: VERSION } }));
  return { run, sent, stores: { runs, runContents, search, models } as unknown as Stores };
};

let root: Root;
let host: HTMLElement;
beforeEach(() => {
  host = document.body.appendChild(document.createElement("main"));
  root = createRoot(host);
});
afterEach(() => {
  root.unmount();
  host.remove();
});
const show = (stores: Stores, element: ReactNode) => {
  const router = createMemoryRouter([{ path: "*", element }], { initialEntries: ["/"] });
  root.render(
    <MantineProvider theme={theme} forceColorScheme="light">
      <StoresContext value={stores}>
        <RouterProvider router={router} />
      </StoresContext>
    </MantineProvider>,
  );
  return router;
};
const accessible = async () => {
  const { violations } = await axe.run(host, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] });
  expect(violations.map(({ id, nodes }) => `${id}: ${at(nodes, 0).html}`)).toEqual([]);
};
const documentsOf = (input: IngestInput | undefined) => (input && "documents" in input ? input.documents : []);

test("questions of the test set are offered, one that flipped first, and are asked with one click", async () => {
  const { run, stores } = await setUp();
  const asked: string[] = [];
  show(stores, <Suggestions onAsk={(question) => asked.push(question)} />);
  const group = page.getByRole("group", { name: "Questions from your test set" });
  await expect.element(group).toBeInTheDocument();
  const [flipped] = rankChanges(run.baseline!, run.tuned!).filter(({ kind }) => kind === "won");
  const first = group.getByRole("button").first();
  await expect.element(first).toHaveTextContent(run.task.queries[flipped!.query]!.text);
  await expect.element(first.getByRole("img", { name: "Newly found:" })).toBeInTheDocument();
  await accessible();
  await first.click();
  expect(asked).toEqual([run.task.queries[flipped!.query]!.text]);
});

test("put to work: the data set's own documents go to the server, and Playground opens with the run", async () => {
  const { run, sent, stores } = await setUp();
  const router = show(stores, <PutToWork version={VERSION} />);
  await expect.element(page.getByText(/^Adds the 80 documents of rust-docs\.train\.jsonl/)).toBeInTheDocument();
  await page.getByRole("button", { name: "Put it to work" }).click();
  await vi.waitFor(() => expect(router.state.location.pathname).toBe("/playground"));
  expect(router.state.location.search).toBe(`?run=${run.id}`);
  expect(documentsOf(sent[0]).map(({ text }) => text)).toEqual(run.task.corpus);
});

test("JSONL: what a file holds is said before it is sent, bad lines with their reason", async () => {
  const { sent, stores } = await setUp();
  show(stores, <Ingest first={false} />);
  const input = host.querySelector<HTMLInputElement>("input[type=file]")!;
  const transfer = new DataTransfer();
  transfer.items.add(new File(['{"text": "one"}\n{"query": "q"}\n{"text": "two"}\n'], "help.jsonl"));
  input.files = transfer.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
  const group = page.getByRole("group", { name: "help.jsonl" });
  await expect.element(group).toHaveTextContent("help.jsonl: 2 documents, 1 line without one.");
  await expect.element(group).toHaveTextContent("Line 2: The line has no column with a document.");
  expect(sent).toEqual([]);
  await accessible();
  await group.getByRole("button", { name: "Add 2 documents, leave out 1 line" }).click();
  expect(documentsOf(sent[0]).map(({ text }) => text)).toEqual(["one", "two"]);
});

test("thousands of pasted documents do not hold the page up", async () => {
  const { sent, stores } = await setUp();
  show(stores, <Ingest first={false} />);
  await page.getByRole("tab", { name: "Paste" }).click();
  const box = page.getByLabelText("Text");
  const text = Array.from({ length: 4000 }, (_, i) => `Document ${i}\n${"words of it ".repeat(40)}`).join("\n---\n");
  const from = performance.now();
  await box.fill(text);
  const add = page.getByRole("button", { name: "Add 4,000 documents" });
  await expect.element(add).toBeEnabled();
  expect(performance.now() - from).toBeLessThan(8000);
  await add.click();
  await vi.waitFor(() => expect(documentsOf(sent[0])).toHaveLength(4000));
});
