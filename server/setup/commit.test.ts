import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { commitOf } from "./commit.mjs";

const folder = mkdtempSync(join(tmpdir(), "commit-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const git = (...args: string[]) =>
  execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], { cwd: folder, stdio: "pipe" });

it("is null without a repository or a commit, then the commit, and says when files differ from it", () => {
  expect(commitOf(folder)).toBeNull();
  git("init", "-q");
  expect(commitOf(folder)).toBeNull();
  writeFileSync(join(folder, "file"), "a");
  git("add", "file");
  git("commit", "-qm", "first");
  git("tag", "v1");
  expect(commitOf(folder)).toMatch(/^[0-9a-f]{40}$/);
  writeFileSync(join(folder, "file"), "b");
  expect(commitOf(folder)).toMatch(/^[0-9a-f]{40}-dirty$/);
  mkdirSync(join(folder, "inside"));
  expect(commitOf(join(folder, "inside"))).toBeNull();
});
