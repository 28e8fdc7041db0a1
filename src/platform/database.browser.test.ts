import { expect, it } from "vitest";
import { newDataset } from "../workflows/datasetContents.ts";
import { aRun } from "../workflows/testingRuns.ts";
import { datasetStorage, runStorage } from "./database.ts";

it("keeps run records", async () => {
  const run = aRun({ id: crypto.randomUUID() });
  await runStorage.put(run);
  await runStorage.put({ ...run, status: "finished" });
  expect((await runStorage.list()).find(({ id }) => id === run.id)?.status).toBe("finished");
  await runStorage.remove(run.id);
  expect((await runStorage.list()).some(({ id }) => id === run.id)).toBe(false);
});

it("keeps data sets with their file, and lists them without their texts", async () => {
  const id = crypto.randomUUID();
  const dataset = newDataset(id, "2026-01-01T00:00:00Z", new Blob(["the file"]), {
    fileName: "pairs.jsonl",
    bytes: 8,
    dialect: { name: "query/positive", query: "query", positive: "positive", negative: [] },
    rows: [{ line: 1, query: "a secret", positives: ["p"], negatives: [] }],
    badLines: [],
    blankLines: 0,
    corpus: [],
  });
  await datasetStorage.put(dataset, true);
  await datasetStorage.put({ ...dataset, leaveOut: true }, false);
  const listed = (await datasetStorage.list()).find((one) => one.id === id);
  expect(listed).toEqual(dataset.summary);
  expect(JSON.stringify(listed)).not.toContain("a secret");
  const loaded = await datasetStorage.load(id);
  expect(await loaded?.source.text()).toBe("the file");
  expect(loaded?.leaveOut).toBe(true);
  expect(loaded?.parsed.rows).toEqual(dataset.parsed.rows);
  await datasetStorage.remove(id);
  expect(await datasetStorage.load(id)).toBeNull();
});
