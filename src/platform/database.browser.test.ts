import { expect, it } from "vitest";
import { newDataset } from "../app/datasets/contents.ts";
import { aRun } from "../app/testing/runs.ts";
import { datasetStorage, runStorage } from "./database.ts";
import { unsentOnDisk } from "./unsentSpans.ts";

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

it("keeps spans for the next visit, the newest thousand of them", async () => {
  const name = crypto.randomUUID();
  const before = unsentOnDisk(name);
  for (let i = 0; i < 5; i += 1) await before.add(`body ${i}`, 300);
  const after = unsentOnDisk(name);
  const [oldest, ...rest] = await after.all();
  expect([oldest!.body, ...rest.map(({ body }) => body)]).toEqual(["body 2", "body 3", "body 4"]);
  await after.remove(oldest!.key);
  expect(await before.all()).toEqual(rest);
});
