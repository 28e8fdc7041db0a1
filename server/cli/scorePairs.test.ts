import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { openRerankServer, type RerankServer } from "../../src/testing/rerankServer.ts";
import { runCommand } from "../testing/command.ts";
import { examplesOf, parsePairs } from "./pairs.ts";
import { scorePairs } from "./scorePairs.ts";

const folder = mkdtempSync(join(tmpdir(), "score-"));
afterAll(() => rmSync(folder, { recursive: true }));
let server: RerankServer;
beforeEach(async () => (server = await openRerankServer("cohere", (query, text) => text.length - query.length)));
afterEach(() => server.close());

const PAIRS = join(folder, "pairs.jsonl");
const rows = Array.from({ length: 6 }, (_, i) => ({
  query: `q${i}`,
  pos: [`right ${i}`, `too ${i}`],
  neg: i === 5 ? [] : [`wrong one ${i}`],
}));
writeFileSync(
  PAIRS,
  rows.map((row, i) => `${JSON.stringify({ ...row, source: i % 2 ? "chat" : "faq", origin: "generated" })}\n`).join(""),
);

test("writes scores under FlagEmbedding's names, which training reads; goes on where it was stopped", async () => {
  const out = join(folder, "scored.jsonl");
  const args = [
    "--score",
    PAIRS,
    "--rerank",
    server.url,
    "--rerank-form",
    "cohere",
    "--rerank-model",
    "m",
    "--out",
    out,
  ];
  const first = { ...rows[0], pos_scores: [100, 100], neg_scores: [100] };
  writeFileSync(`${out}.part`, `${JSON.stringify(first)}\n{"query":"q1","po`);
  const { code, stdout, stderr } = await runCommand(scorePairs, ...args);
  expect([code, stdout]).toEqual([0, expect.stringContaining("6 pairs with 5 hard negatives, scored by m")]);
  expect(stderr).toContain("1 of 6 pairs were scored before");
  expect(server.asked.map(({ query }) => query).toSorted()).toEqual(["q1", "q2", "q3", "q4", "q5"]);
  const written = readFileSync(out, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as object);
  expect(written[0]).toEqual(first);
  const kept = { source: "chat", origin: "generated" };
  expect(written[1]).toEqual({ ...rows[1], pos_scores: [5, 3], neg_scores: [9], ...kept });
  const examples = examplesOf(await parsePairs(out));
  expect(examples[2]).toEqual({ query: "q1", positive: "right 1", negatives: ["wrong one 1"], scores: [5, 9] });
  expect(examples[10]?.scores).toEqual([5]);
  // What is there is not written over.
  expect((await runCommand(scorePairs, ...args)).code).toBe(2);
});

test("keeps what was scored when the endpoint fails, and does not mix the scores of two files", async () => {
  const out = join(folder, "other.jsonl");
  writeFileSync(`${out}.part`, `${JSON.stringify({ ...rows[3], pos_scores: [1, 1], neg_scores: [1] })}\n`);
  const args = ["--score", PAIRS, "--rerank", server.url, "--rerank-form", "cohere", "--out", out];
  const mixed = await runCommand(scorePairs, ...args);
  expect([mixed.code, mixed.stderr]).toEqual([2, expect.stringContaining("scores of other pairs")]);
  rmSync(`${out}.part`);
  server.fault = { status: 401 };
  const failed = await runCommand(scorePairs, ...args);
  expect([failed.code, failed.stderr]).toEqual([expect.any(Number), expect.stringContaining("status 401")]);
  expect(failed.code).not.toBe(0);
  server.fault = null;
  expect((await runCommand(scorePairs, ...args)).code).toBe(0);
});
