import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { StoreHead } from "./storeHead.ts";

const root = await mkdtemp(join(tmpdir(), "store-head-"));
afterAll(() => rm(root, { recursive: true, force: true }));
const storeIn = async (folder: string) => {
  await mkdir(join(folder, "pglite"), { recursive: true });
  await writeFile(join(folder, "pglite/PG_VERSION"), "17");
};

it("tells an empty store that is new from one that has lost its files", async () => {
  const folder = join(root, "lost");
  const fresh = await StoreHead.open(folder);
  expect(fresh.problem(0)).toBeNull();
  await storeIn(folder);
  await fresh.note(12);
  expect((await StoreHead.open(folder)).problem(0)).toBeNull(); // deleted by the person: the store is there
  await rm(join(folder, "pglite"), { recursive: true });
  const after = await StoreHead.open(folder);
  expect(after.problem(0)).toContain("held 12 documents and holds 0");
  await after.note(3); // a first document does not make the loss forgotten
  expect((await StoreHead.open(folder)).problem(3)).toContain("held 12 documents");
  await after.note(12);
  expect((await StoreHead.open(folder)).problem(12)).toBeNull();
});

it("refuses to let a new store be made over what is left of an old one", async () => {
  const folder = join(root, "damaged");
  await storeIn(folder);
  await writeFile(join(folder, "pglite/base"), "");
  await rm(join(folder, "pglite/PG_VERSION"));
  await expect(StoreHead.open(folder)).rejects.toMatchObject({ code: "store-damaged" });
});
