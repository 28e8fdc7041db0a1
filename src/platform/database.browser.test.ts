import { deleteDB, openDB } from "idb";
import { expect, it } from "vitest";
import { newDataset } from "../app/testing/data.ts";
import { aRun, devScore, someContents, stepReport } from "../app/testing/runs.ts";
import { sampleRun, sampleSeries } from "../app/testing/stores.ts";
import { datasetStorage, earlierTestTask, runContentsStorage, runStorage } from "./database.ts";
import { unsentOnDisk } from "./unsentSpans.ts";

it("brings the runs of a browser that used the first version along: record, texts and curves", async () => {
  const { lastStep, dev, test, task, baseline, tuned, bm25, queries: _, ...rest } = sampleRun({ id: "of-version-1" });
  const series = sampleSeries(sampleRun());
  await deleteDB("recall-studio"); // another test of this browser may have made it
  const first = await openDB("recall-studio", 1, {
    upgrade(db) {
      db.createObjectStore("runs", { keyPath: "id" });
      db.createObjectStore("datasets", { keyPath: "summary.id" });
      db.createObjectStore("contents", { keyPath: "id" });
    },
  });
  await first.put("runs", { ...rest, ...series, task, baseline, tuned, bm25 });
  first.close();
  const migrated = (await runStorage.list()).find(({ id }) => id === rest.id);
  expect(migrated).toMatchObject({ lastStep, dev, test });
  expect(JSON.stringify(migrated)).not.toContain(task.corpus[0]);
  expect(await runContentsStorage.load(rest.id)).toEqual({ baseline, tuned, bm25 });
  expect(await earlierTestTask(rest.id)).toEqual(task);
  expect(await runContentsStorage.series(rest.id)).toEqual(series);
});

it("writes of a run's curves only what is new, and joins the pieces when they are read", async () => {
  const id = crypto.randomUUID();
  await runContentsStorage.append(id, { steps: [stepReport(1), stepReport(2)], dev: [devScore(0, true)] });
  await runContentsStorage.append(id, { steps: [stepReport(3)], dev: [devScore(2, true)] });
  await runContentsStorage.append(`${id}-other`, { steps: [stepReport(9)], dev: [] });
  const series = await runContentsStorage.series(id);
  expect(series.steps.map(({ step }) => step)).toEqual([1, 2, 3]);
  expect(series.dev.map(({ step, best }) => [step, best])).toEqual([
    [0, false],
    [2, true],
  ]);
  await runContentsStorage.replace(id, { steps: [stepReport(1)], dev: [] });
  await runContentsStorage.append(id, { steps: [stepReport(2, 5)], dev: [] });
  expect((await runContentsStorage.series(id)).steps.map(({ step, loss }) => [step, loss])).toEqual([
    [1, 1],
    [2, 5],
  ]);
  await runContentsStorage.save(id, someContents());
  await runContentsStorage.remove(id);
  expect(await runContentsStorage.load(id)).toBeNull();
  expect(await runContentsStorage.series(id)).toEqual({ steps: [], dev: [] });
});

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
  const dataset = newDataset({ id, createdAt: "2026-01-01T00:00:00Z" }, new Blob(["the file"]), {
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
