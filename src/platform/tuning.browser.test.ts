import { expect, it } from "vitest";
import { removePath, writeFile } from "./opfs.ts";
import { tuning } from "./tuning.ts";

it("keeps choices by adapter, and starts anew where they are unreadable", async () => {
  await removePath("tuning.json");
  expect(await tuning.read("a")).toBeNull();
  await tuning.write("a", "tile tile");
  await tuning.write("b", "register8 tile");
  expect([await tuning.read("a"), await tuning.read("b")]).toEqual(["tile tile", "register8 tile"]);
  await writeFile("tuning.json", "{");
  expect(await tuning.read("a")).toBeNull();
  await tuning.write("a", "tile tile");
  expect(await tuning.read("a")).toBe("tile tile");
});
