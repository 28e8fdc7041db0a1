import { expect, it } from "vitest";
import { StudioError } from "../../../domain/errors.ts";
import type { DatasetStorage, StoredDataset } from "../storage.ts";
import { createKeeper } from "./keeper.ts";
import { newDataset } from "./storedDataset.ts";

const dataset = (): StoredDataset =>
  newDataset({ id: "a", createdAt: "2026-01-01T00:00:00Z" }, new Blob(["the file"]), {
    fileName: "pairs.jsonl",
    bytes: 8,
    dialect: { name: "query/positive", query: "query", positive: "positive", negative: [] },
    rows: [{ line: 1, query: "q", positives: ["p"], negatives: [] }],
    badLines: [],
    blankLines: 0,
    corpus: [],
  });

it("keeps a data set in use that the browser cannot store, says why, and stores all of it as soon as it can", async () => {
  let full = true;
  const puts: { dataset: StoredDataset; contents: boolean }[] = [];
  const storage: DatasetStorage = {
    list: async () => [],
    load: async () => null,
    async put(one, contents) {
      if (full) throw new StudioError("storage-full", "Full.", "Make room.");
      puts.push({ dataset: one, contents });
    },
    remove: async () => undefined,
  };
  const keeper = createKeeper(storage);
  expect((await keeper.add(dataset())).unsaved).toMatchObject({ code: "storage-full" });
  expect((await keeper.get("a")).parsed.rows).toHaveLength(1);
  const changed = await keeper.change("a", (now) => ({ ...now, leaveOut: true }));
  expect([changed.leaveOut, changed.unsaved?.code]).toEqual([true, "storage-full"]);
  full = false;
  expect((await keeper.change("a", (now) => ({ ...now, leaveOut: false }))).unsaved).toBeUndefined();
  expect(puts).toMatchObject([{ contents: true, dataset: { leaveOut: false } }]);
  expect(puts[0]?.dataset).not.toHaveProperty("unsaved");
  expect(await keeper.get("a")).not.toHaveProperty("unsaved");
});
