import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { PROJECT_ROOT } from "../lib/project.ts";

test.each(["start", "dev", "test", "fast", "lint"])(
  "%s --help tells what the script does, and does nothing",
  (name) => {
    const told = execFileSync(process.execPath, [`server/setup/${name}.mjs`, "--help"], {
      cwd: PROJECT_ROOT,
      encoding: "utf8",
      timeout: 20_000,
    });
    expect(told).toMatch(/^[A-Z][^\n]+\.( [^\n]+\.)*\n\nnpm (start|test|run )/);
  },
);
