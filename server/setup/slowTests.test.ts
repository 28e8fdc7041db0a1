import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import slow from "./slowTests.json" with { type: "json" };

it("names only files that are there", () => {
  expect(slow.filter((path) => !existsSync(join(import.meta.dirname, "../..", path)))).toEqual([]);
});
