import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { TINY_BASE } from "../../../src/domain/bases.ts";
import { fingerprintDataset } from "../../../src/domain/dataset/index.ts";
import type { PairRow } from "../../../src/domain/dataset/types.ts";
import type { QuestionProvenance } from "../../../src/domain/questions/account.ts";
import {
  answering,
  openChatEndpoint,
  type AskedChat,
  type ChatEndpoint,
  type ChatReply,
} from "../../../src/testing/chatEndpoint.ts";
import { parsePairs } from "../pairs.ts";
import { pairsFromDocuments } from "./fromDocuments.ts";
import { provenanceBeside } from "./provenanceFile.ts";

let folder: string;
let endpoint: ChatEndpoint | null = null;
let said: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pairs-"));
  said = [];
  for (const stream of ["log", "error"] as const)
    vi.spyOn(console, stream).mockImplementation((line: unknown) => void said.push(String(line)));
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await endpoint?.close();
  endpoint = null;
  rmSync(folder, { recursive: true, force: true });
});

const path = (...parts: string[]) => join(folder, ...parts);
/** No base is loaded for these filters. */
const WITHOUT_BASE = ["--base", TINY_BASE.id, "--without", "generic", "--without", "round-trip"];
const run = (...args: string[]) => pairsFromDocuments([...WITHOUT_BASE, "--out", path("pairs.jsonl"), ...args]);
const byEndpoint = async (script: (asked: AskedChat) => ChatReply) => {
  endpoint = await openChatEndpoint(script);
  return ["--endpoint", endpoint.url, "--model", "m", "--concurrency", "1"];
};
const rowsOf = (name: string) =>
  readFileSync(path(name), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** Ten Markdown files, and one that is no PDF. */
const manual = (): string => {
  mkdirSync(path("manual"));
  for (let i = 0; i < 10; i++)
    writeFileSync(
      path("manual", `part${i}.md`),
      `# Part ${i}\n\nThe part of number ${i} is oiled with ${i} drops of oil. It is then wiped with a cloth.\n`,
    );
  writeFileSync(path("manual", "broken.pdf"), "no pdf");
  return path("manual");
};

it("writes pairs, what was rejected and where they come from; the same command asks only the failed passages again", async () => {
  vi.stubEnv("GENERATION_KEY", "planted-key");
  let mended = false;
  const flags = await byEndpoint(({ passage }) => {
    if (passage.includes("number 3") && !mended) return { content: "no list" };
    if (passage.includes("number 4")) return answering();
    if (passage.includes("number 5")) return answering("what does the text say about part 5");
    const number = /number (\d)/.exec(passage)?.[1] ?? "";
    return answering(`drops for part ${"abcdefghij"[Number(number)] ?? ""} of the machine ${number}${number}${number}`);
  });
  const again = ["--documents", manual(), "--rejected", path("rejected.jsonl"), "--json", ...flags];
  expect(await run(...again)).toBe(0);
  const { passages } = JSON.parse(said.at(-1) ?? "") as QuestionProvenance;
  expect(passages).toEqual({ asked: 10, kept: 7, rejected: 1, failed: 1, skipped: 1 });
  expect(said.join("\n")).toContain("broken.pdf:");
  expect(rowsOf("pairs.jsonl")).toHaveLength(7);
  expect(rowsOf("pairs.jsonl")[0]).toMatchObject({
    origin: "generated",
    positive: expect.stringContaining("oiled") as string,
    source_document: expect.stringMatching(/^part\d\.md$/) as string,
  });
  expect(rowsOf("rejected.jsonl")).toMatchObject([{ filter: "meta-talk" }]);
  expect(endpoint?.asked).toHaveLength(10);
  expect(endpoint?.asked[0]?.authorization).toBe("Bearer planted-key");

  mended = true;
  expect(await run(...again)).toBe(0);
  expect(endpoint?.asked).toHaveLength(11);
  expect(rowsOf("pairs.jsonl")).toHaveLength(8);
  const kept = ["pairs.jsonl", "pairs.jsonl.progress", "pairs.jsonl.provenance.json"].map((name) =>
    readFileSync(path(name), "utf8"),
  );
  for (const secret of ["planted-key", "127.0.0.1"]) expect(kept.join()).not.toContain(secret);
  expect(kept[2]).not.toContain("oiled");
});

it("goes on with a ledger whose last line a crash cut, and refuses one of other settings", async () => {
  const flags = await byEndpoint(({ number }) => answering(`one of ${number} questions about oil`));
  const args = ["--documents", manual(), ...flags];
  await run(...args, "--estimate");
  const ledger = readFileSync(path("pairs.jsonl.progress"), "utf8");
  writeFileSync(path("pairs.jsonl.progress"), ledger.slice(0, -20));
  expect(existsSync(path("pairs.jsonl"))).toBe(false);
  expect(await run(...args)).toBe(0);
  expect(endpoint?.asked).toHaveLength(11);
  await expect(run(...args, "--seed", "7")).rejects.toMatchObject({ code: "ledger-of-another-run" });
});

it("makes weak pairs without any endpoint, and says that they are weak", async () => {
  expect(await run("--documents", manual(), "--weak")).toBe(0);
  const rows = rowsOf("pairs.jsonl");
  expect(rows.every(({ origin }) => origin === "weak")).toBe(true);
  expect(rows.map(({ query }) => query)).toContain("Part 3");
  expect(said.join("\n")).toContain("weak pairs");
  const { rows: parsed } = await parsePairs(path("pairs.jsonl"));
  expect(provenanceBeside(path("pairs.jsonl"), parsed)).toMatchObject({
    provenance: { source: "documents", writer: "weak", passages: { asked: 10 } },
  });
  expect(provenanceBeside(path("pairs.jsonl"), parsed.slice(1))).toEqual({});
  await expect(run("--documents", path("manual"), "--weak")).rejects.toMatchObject({ code: "usage" });
});

it("loses nothing: real questions that an endpoint gives back are the same data set as the real pairs", async () => {
  const pairs = Array.from({ length: 30 }, (_, i): PairRow => ({
    line: i + 1,
    query: `how is piece ${"abcdefghijklmnopqrstuvwxyzäöüß"[i] ?? ""} number ${i * 37} fixed?`,
    positives: [
      `Piece number ${i * 37} is fixed with ${i} bolts.\nThey are tightened crosswise; “by hand” – at first.`,
    ],
    negatives: [],
  }));
  writeFileSync(
    path("documents.jsonl"),
    pairs.map(({ positives: [text] }) => `${JSON.stringify({ text })}\n`).join(""),
  );
  const asked = new Map(pairs.map(({ query, positives: [text = ""] }) => [text, query]));
  const flags = await byEndpoint(({ passage }) => answering(asked.get(passage.split("\n").slice(-2).join("\n")) ?? ""));
  expect(await run("--documents", path("documents.jsonl"), ...flags)).toBe(0);
  expect(fingerprintDataset((await parsePairs(path("pairs.jsonl"))).rows)).toBe(fingerprintDataset(pairs));
});

it.each<[string, string[], object]>([
  ["neither endpoint nor weak", [], { code: "usage", message: expect.stringContaining("--weak") as string }],
  [
    "both",
    ["--weak", "--endpoint", "http://127.0.0.1:1", "--model", "m"],
    { message: expect.stringContaining("exclude each other") as string },
  ],
  ["an endpoint without model", ["--endpoint", "http://127.0.0.1:1"], { code: "usage" }],
  ["a cap without prices", ["--weak", "--cap-cost", "1"], { code: "usage" }],
  ["no such folder", ["--weak", "--documents", "/nowhere/at/all"], { code: "usage" }],
  ["an empty folder", ["--weak"], { code: "documents-none", message: expect.stringContaining("empty") as string }],
])("refuses %s", async (_what, args, problem) => {
  mkdirSync(path("empty"));
  await expect(run("--documents", path("empty"), ...args)).rejects.toMatchObject(problem);
});

it("ends at a wrong key with what to do, and keeps what was written", async () => {
  const flags = await byEndpoint(({ number }) =>
    number > 5 ? { status: 401 } : answering(`question ${number} of oil`),
  );
  await expect(run("--documents", manual(), ...flags)).rejects.toMatchObject({
    code: "endpoint-key-refused",
    hint: expect.stringContaining("GENERATION_KEY") as string,
  });
  expect(readFileSync(path("pairs.jsonl.progress"), "utf8").trim().split("\n")).toHaveLength(6);
});

it("writes no empty file where no pair is left, and says so", async () => {
  const flags = await byEndpoint(() => answering("what does the text say"));
  expect(await run("--documents", manual(), "--rejected", path("rejected.jsonl"), ...flags)).toBe(1);
  expect(said.at(-1)).toContain(`No pair is left: ${path("pairs.jsonl")} is not written.`);
  expect(said.join("\n")).not.toContain("Test on real ones");
  expect(existsSync(path("pairs.jsonl"))).toBe(false);
  expect(rowsOf("rejected.jsonl")).toHaveLength(10);
});

it("draws the filters' lines where the flags say, and keeps them in the provenance", async () => {
  const flags = ["--documents", manual(), "--weak", "--json"];
  await expect(run(...flags, "--least-characters", "60", "--most-characters", "50")).rejects.toMatchObject({
    code: "usage",
  });
  expect(await run(...flags, "--most-characters", "10", "--generic", "2.5")).toBe(0);
  const { questions, thresholds } = JSON.parse(said.at(-1) ?? "") as QuestionProvenance;
  expect(thresholds).toMatchObject({ mostCharacters: 10, genericDeviations: 2.5, copiedWords: 5 });
  expect(questions.rejected.empty).toBeGreaterThan(0);
  expect(rowsOf("pairs.jsonl").every(({ query }) => String(query).length <= 10)).toBe(true);
});
