import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import slow from "./slowTests.json" with { type: "json" };

it("names only files that are there", () => {
  expect(slow.filter((path) => !existsSync(join(import.meta.dirname, "../..", path)))).toEqual([]);
});

it("leaves out what it is told, so that the quick run is quick", async () => {
  const list = async (leftOut: string) => {
    const args = [
      "node_modules/vitest/vitest.mjs",
      "list",
      "--project",
      "unit",
      "--filesOnly",
      "server/registry/crash",
    ];
    const env = { ...process.env, STUDIO_LEFT_OUT: leftOut };
    return (await promisify(execFile)(process.execPath, args, { cwd: join(import.meta.dirname, "../.."), env })).stdout;
  };
  expect(await list("")).toContain("server/registry/crash.test.ts");
  expect(await list(slow.join(","))).not.toContain("crash.test.ts");
}, 60_000);
