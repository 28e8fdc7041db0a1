import { afterEach, expect, test } from "vitest";
import type { StoredDocuments } from "../worker/questions/storage.ts";
import { questionsStorage as storage } from "./questionsStorage.ts";

const documents: StoredDocuments = {
  name: "manual",
  createdAt: "2026-11-28T10:00:00.000Z",
  base: { source: "bundled", name: "tiny" },
  documents: [{ name: "a.md", passages: 1, warnings: [] }],
  refused: [],
  passages: [{ id: "a.md#1", document: "a.md", title: "A", heading: null, text: "Text." }],
  tokens: 2,
};
const header = { version: 1 as const, key: "k", passages: 1 };
const failed = {
  passage: "a.md#1",
  inputTokens: 1,
  outputTokens: 0,
  outcome: "failed" as const,
  problem: { code: "c", message: "m", hint: "h" },
};
const written = { passage: "a.md#1", inputTokens: 1, outputTokens: 1, outcome: "written" as const, questions: ["q"] };

afterEach(() => storage.clear());

test("what was written is kept passage by passage, the last answer counts, and new documents put an end to it", async () => {
  expect(await storage.loadDocuments()).toBeNull();
  await storage.saveDocuments(documents);
  await storage.ledger.begin(header);
  await storage.ledger.append(failed);
  await storage.ledger.append(written);
  await storage.saveJudgement("a.md#1\nq", { verdict: "accepted", text: "other words" });
  expect(await storage.ledger.read()).toEqual({ header, entries: [written] });
  expect(await storage.loadJudgements()).toEqual(
    new Map([["a.md#1\nq", { verdict: "accepted", text: "other words" }]]),
  );
  await storage.forgetWriting();
  expect(await storage.ledger.read()).toBeNull();
  expect(await storage.loadDocuments()).toEqual(documents);
  await storage.ledger.begin(header);
  await storage.ledger.append(written);
  await storage.saveDocuments({ ...documents, name: "another" });
  expect(await storage.ledger.read()).toBeNull();
  expect((await storage.loadJudgements()).size).toBe(0);
  expect((await storage.loadDocuments())?.name).toBe("another");
});
