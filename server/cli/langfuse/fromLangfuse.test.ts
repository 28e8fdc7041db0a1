import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCommand } from "../../testing/command.ts";
import { Receiver } from "../../testing/langfuse.ts";
import { supportArchive } from "../../testing/langfuseArchive.ts";
import { readPairs } from "../pairs.ts";
import { provenanceBeside } from "../questions/provenanceFile.ts";
import { sidesOf } from "../sides.ts";
import { pairsFromLangfuse } from "./fromLangfuse.ts";

let folder: string;
let receiver: Receiver;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "langfuse-cli-"));
  receiver = await new Receiver().start();
});
afterAll(async () => {
  await receiver.stop();
  rmSync(folder, { recursive: true });
});

const NOW = Date.parse("2026-11-20T00:00:00Z");
const run = (...args: string[]) =>
  runCommand(
    (all) =>
      pairsFromLangfuse(
        all,
        {
          LANGFUSE_PUBLIC_KEY: receiver.publicKey,
          LANGFUSE_SECRET_KEY: receiver.secretKey,
          LANGFUSE_BASE_URL: receiver.url,
        },
        () => NOW,
      ),
    "--langfuse",
    ...args,
  );
const file = (name: string) => join(folder, name);
const read = (path: string) =>
  readPairs("pairs", path, { chosen: { choice: {}, min: null, negativeBelow: null }, skipBadLines: false });

test("judged retrievals become a file whose newest fifth is the test, and which says where it came from", async () => {
  receiver.archive = supportArchive({ retrievals: 800 });
  const out = file("scored.jsonl");
  const { code, stdout, stderr } = await run("--score", "helpful", "--from", "2026-10-01", "--out", out);
  expect({ code, stderr: stderr.includes("the question is taken from input") }).toEqual({ code: 0, stderr: true });
  expect(stdout).toContain("800 items read: 400 judged, 400 that nobody judged");
  expect(stdout).toContain("Langfuse 4 answered (observations v2, scores v3).");
  const pairs = await read(out);
  expect(pairs.rows).toHaveLength(300);
  expect(existsSync(`${out}.progress`)).toBe(false);
  expect(provenanceBeside(out, pairs.rows)).toMatchObject({
    provenance: { source: "langfuse", score: "helpful", items: 400, from: "2026-10-01T00:00:00.000Z" },
  });
  const sides = sidesOf(pairs, { dev: null, test: null }, { dev: 0.1, test: 0.2 });
  expect(sides.said[0]).toContain("which are the newest");
  const newestTrained = Math.max(...sides.train.rows.map(({ judgedAt }) => judgedAt ?? 0));
  const test = pairs.rows.filter(({ query }) => sides.test?.queries.some(({ text }) => text === query));
  expect(Math.min(...test.map(({ judgedAt }) => judgedAt ?? 0))).toBeGreaterThan(newestTrained);
  expect(await run("--score", "helpful", "--out", out)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("there already"),
  });
});

test("possible personal data must be looked at, and what was read is kept until then", async () => {
  const archive = (receiver.archive = supportArchive({ retrievals: 100 }));
  const observation = archive.observations.find(({ id }) => id === "observation-4");
  if (observation) observation.input = "Where is the invoice of jo@example.org?";
  const out = file("personal.jsonl");
  const first = await run("--score", "helpful", "--out", out);
  expect(first).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("e-mail address: Where is the invoice of jo@example.org?"),
  });
  expect(existsSync(out)).toBe(false);
  const asked = archive.asked.filter(({ path }) => path.endsWith("/observations")).length;
  const second = await run("--score", "helpful", "--out", out, "--personal", "leave-out", "--json");
  expect(JSON.parse(second.stdout)).toMatchObject({ personal: 1, taken: 36, pairs: 37 });
  expect(readFileSync(out, "utf8")).not.toContain("@");
  // Only the look at the newest was taken again.
  expect(archive.asked.filter(({ path }) => path.endsWith("/observations")).length).toBeLessThan(2 * asked);
});

test("a run that broke off goes on at its page, and one of another question is not mixed in", async () => {
  const archive = (receiver.archive = supportArchive({ retrievals: 100 }));
  const out = file("broken.jsonl");
  const flags = ["--dataset", "support questions", "--question", "input.question", "--documents-in", "expectedOutput"];
  const page = archive.answer("/api/public/dataset-items?datasetName=support+questions&limit=100&page=1");
  if (!page) throw new Error("no first page");
  archive.trouble = [page, { status: 403 }];
  const broken = await run(...flags, "--out", out);
  expect(broken).toMatchObject({ code: 1, stderr: expect.stringContaining("the same command goes on") });
  expect(await run(...flags, "--first", "1", "--out", out)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("other flags"),
  });
  writeFileSync(`${out}.progress`, `${readFileSync(`${out}.progress`, "utf8")}{"type":"page","cut`);
  archive.asked.length = 0;
  const whole = await run(...flags, "--out", out, "--json");
  expect(JSON.parse(whole.stdout)).toMatchObject({ read: 220, archived: 10, taken: 220, answered: {} });
  expect(archive.asked.map(({ query }) => query.page)).toEqual(["2", "3"]);
  expect((await read(out)).rows).toHaveLength(220);
});

test("without a source it lists what there is, and bad flags are named", async () => {
  receiver.archive = supportArchive({ retrievals: 400, generation: "v3" });
  const { stdout } = await run();
  expect(stdout).toContain("support questions");
  expect(stdout).toContain("helpful: 204, 200 of them on retrievals or traces, 0 to 1");
  const refused = async (...flags: string[]) => (await run(...flags)).stderr;
  expect(await refused("--score", "helpful")).toContain("--out");
  expect(await refused("--score", "a", "--dataset", "b", "--out", "c")).toContain("do not go together");
  expect(await refused("--score", "a", "--good", ">=0", "--out", "c")).toContain("good and bad at once");
  expect(await refused("--score", "a", "--from", "soon", "--out", "c")).toContain("--from");
  expect(await refused("--score", "nobody gave", "--out", file("none.jsonl"))).toContain("lists the scores");
  expect(await refused("--dataset", "support questions", "--question", "prompt", "--out", "c")).toContain("--question");
});
