import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { PROJECT_ROOT } from "../lib/project.ts";
import { runCommand } from "../testing/command.ts";
import { checkData } from "./dataCheck.ts";

const folder = mkdtempSync(join(tmpdir(), "data-check-"));
afterAll(() => rmSync(folder, { recursive: true }));

const check = (...args: string[]) => runCommand(checkData, ...args);
const file = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const words = (i: number) => [i * 7919, i * 104729, i * 1299709].map((n) => (n % 1_000_003).toString(36)).join(" ");
const pairs = (from: number, to: number) =>
  Array.from(
    { length: to - from },
    (_, i) => `${JSON.stringify({ query: `q ${words(from + i)}`, positive: `d ${words(from + i + 5000)}` })}\n`,
  ).join("");

test("a good file is ready, with a split and exact lengths; JSON goes to stdout alone", async () => {
  const { stdout, code } = await check("--json", file("good.jsonl", pairs(1, 251)), "--base", "qwen3-embedding-tiny");
  expect(code).toBe(0);
  const report = JSON.parse(stdout) as Record<string, unknown>;
  expect(report).toMatchObject({
    ready: true,
    rows: 250,
    badLines: 0,
    findings: [],
    split: { train: 175, dev: 25, test: 50 },
  });
  expect(report).toMatchObject({ lengths: { documents: { unit: "tokens" } }, dialect: { name: "query/positive" } });
  expect(stdout).not.toContain("d 1");
});

test("bad lines and a leaking test file make it not ready, in words", async () => {
  const train = file("train.jsonl", `${pairs(1, 251)}broken\n`);
  const { stdout, code } = await check(train, "--test", file("test.jsonl", pairs(240, 280)));
  expect(code).toBe(1);
  expect(stdout).toContain("line 251: The line is not JSON: it begins with neither { nor [.");
  expect(stdout).toContain("✗ 11 rows share a query or document with the test file.");
  expect(stdout).toMatch(/Split: \d+ train, \d+ dev, 40 test/);
});

test("a file that cannot be used is said to be, with what to do", async () => {
  const empty = await check(file("empty.jsonl", ""));
  expect(empty.code).toBe(2);
  expect(empty.stderr).toContain("The file is empty.");
  expect((await check("--json")).stderr).toContain("There is no file to check.");
  expect((await check(join(folder, "missing.jsonl"))).stderr).toContain("There is no file");
  expect((await check(folder)).stderr).toContain(`${folder} is a folder.`);
});

test("started as a program it answers on stdout and stderr, and by its exit code", () => {
  const start = (...args: string[]) =>
    spawnSync(process.execPath, ["--import", "./server/lib/typescript.mjs", "server/cli/dataCheck.ts", ...args], {
      cwd: PROJECT_ROOT,
      encoding: "utf8",
    });
  const ready = start("--json", file("ready.jsonl", pairs(1, 251)));
  expect(ready).toMatchObject({ status: 0, stderr: "" });
  expect(JSON.parse(ready.stdout)).toMatchObject({ ready: true });
  const unusable = start(file("none.jsonl", ""));
  expect(unusable).toMatchObject({ status: 2, stdout: "" });
  expect(unusable.stderr).toContain("The file is empty.");
});
