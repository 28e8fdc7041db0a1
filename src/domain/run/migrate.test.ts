import { expect, it } from "vitest";
import { sampleRun, sampleSeries } from "../../app/testing/stores.ts";
import { migrateRun, type RunRecordV1 } from "./migrate.ts";

it("parts an old record into record, contents and curves; nothing is lost and no text stays in the record", () => {
  const { lastStep, dev, test, task, baseline, tuned, bm25, queries: _, ...rest } = sampleRun();
  const series = sampleSeries(sampleRun());
  const old: RunRecordV1 = { ...rest, ...series, task, baseline, tuned, bm25 };
  const migrated = migrateRun(structuredClone(old));
  expect(migrated.contents).toEqual({ task, baseline, tuned, bm25 });
  expect(migrated.series).toEqual(series);
  expect(migrated.record).toMatchObject({ id: rest.id, lastStep, dev, test });
  expect(migrated.record.tuned?.metrics).toEqual(tuned?.metrics);
  expect(JSON.stringify(migrated.record)).not.toContain(task.corpus[0]);
  expect(JSON.stringify(migrated.record)).not.toContain("perQuery");
});
