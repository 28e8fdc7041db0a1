import "@mantine/core/styles.css";
import { MemoryRouter } from "react-router";
import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import type { IngestDocument } from "../../../domain/api/index.ts";
import type { Tracer } from "../../../domain/telemetry/tracer.ts";
import { StudioError } from "../../../domain/errors.ts";
import { createRunsStore } from "../../../app/runs/store.ts";
import type { RetrievalClient } from "../../../app/search/ports.ts";
import { createSearchStore } from "../../../app/search/store.ts";
import { memoryContents } from "../../../app/testing/runs.ts";
import { sampleRun } from "../../../app/testing/stores.ts";
import { mount } from "../../testing/mount.tsx";
import { Ingest } from "./Ingest.tsx";
import { suggested } from "./suggested.ts";
import { Suggestions } from "./Suggestions.tsx";

/** Adding documents and the suggested questions over real stores; `send` stands for the server. */
const open = async (send: (documents: readonly IngestDocument[]) => void) => {
  const client = {
    within: () => client,
    index: () => Promise.reject(new StudioError("not-offered", "No search here.", "Ask again.")),
    ingestDocuments: async (documents: readonly IngestDocument[]) => {
      send(documents);
      return { id: "job", state: "done", createdAt: "2026-11-28T10:00:00.000Z" };
    },
    async *follow() {},
  } as unknown as RetrievalClient;
  const span = { traceparent: "", set: () => undefined, end: () => undefined };
  const tracer = { start: () => span } as unknown as Tracer;
  const search = createSearchStore(
    client,
    () => null,
    () => undefined,
    tracer,
    () => 0,
    () => undefined,
  );
  const run = { ...sampleRun(), registryVersion: "v1-0a1b2c3d" };
  const ports = { list: async () => [run], put: async () => undefined, remove: async () => undefined };
  const runs = createRunsStore(ports, async () => false);
  await runs.getState().load();
  const { store: runContents } = memoryContents({
    [run.id]: { contents: run, series: { steps: [], dev: [] }, corpus: run.task.corpus },
  });
  const state = { list: { production: "v1-0a1b2c3d" } };
  const models = { getState: () => state, getInitialState: () => state, subscribe: () => () => undefined };
  const asked: string[] = [];
  const reading = {
    texts: async () => ({ documents: [{ name: "faq.csv:2", title: "faq.csv", text: "Grease the hub." }], refused: [] }),
  };
  const questions = { getState: () => reading, getInitialState: () => reading, subscribe: () => () => undefined };
  mount(
    { questions, search, runs, runContents, models },
    <MemoryRouter>
      <Suggestions onAsk={(question) => asked.push(question)} />
      <Ingest first />
    </MemoryRouter>,
  );
  return { run, asked };
};

const LINES = ['{"text": "The chain is oiled in spring."}', '{"text": "Brakes squeal when wet."}', '{"text": ""}'];

test("pasted and dropped JSONL is read by its text column, and what holds no text is named before it is sent", async () => {
  const sent: string[][] = [];
  await open((documents) => void sent.push(documents.map(({ text }) => text)));
  const file = new File([LINES.join("\n")], "notes.jsonl");
  await userEvent.upload(page.getByLabelText("Documents", { exact: true }), [file, new File(["text"], "faq.csv")]);
  await expect.element(page.getByRole("group", { name: "faq.csv" }).getByText("faq.csv: 1 document.")).toBeVisible();
  await page.getByRole("group", { name: "faq.csv" }).getByRole("button", { name: "Cancel" }).click();
  await expect.element(page.getByRole("group", { name: "notes.jsonl" }).getByText(/^Line 3: /)).toBeVisible();
  await page.getByRole("button", { name: "Add 2 documents, leave out 1 line" }).click();
  await page.getByRole("tab", { name: "Paste" }).click();
  await page.getByLabelText("Text").fill(LINES.slice(0, 2).join("\n"));
  await page.getByRole("button", { name: "Read the lines" }).click();
  await page.getByRole("button", { name: "Add 2 documents", exact: true }).click();
  const texts = ["The chain is oiled in spring.", "Brakes squeal when wet."];
  await expect.poll(() => sent).toEqual([texts, texts]);
});

test("what the server refuses is said where the documents were added, with what to do, and they are untouched", async () => {
  await open(() => {
    throw new StudioError("text-too-large", "A document is too long for this server.", "Split it into parts.");
  });
  await page.getByRole("tab", { name: "Paste" }).click();
  await page.getByLabelText("Text").fill("One long document");
  await page.getByRole("button", { name: "Add the document" }).click();
  const alert = page.getByRole("alert");
  await expect.element(alert).toHaveTextContent("A document is too long for this server.Split it into parts.");
  await expect.element(page.getByLabelText("Text")).toHaveValue("One long document");
});

test("questions of the test set are suggested, first one that only the tuned model answers", async () => {
  const { run, asked } = await open(() => undefined);
  const [first] = suggested(run);
  const group = page.getByRole("group", { name: "Questions from your test set" });
  await group.getByRole("button").first().click();
  expect(asked).toEqual([first?.text]);
  expect(first?.kind).toBe("won");
});
