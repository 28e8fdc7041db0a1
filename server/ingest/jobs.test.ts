import { afterAll, beforeAll, expect, it } from "vitest";
import { retrievalPaths, type IngestJob } from "../../src/domain/api/index.ts";
import { corpus, jobEnd } from "../testing/documents.ts";
import { holdBackground } from "../testing/heldEmbedding.ts";
import { testStudio, type TestStudio } from "../testing/studio.ts";

let studio: TestStudio;
beforeAll(async () => {
  studio = await testStudio();
}, 60_000);
afterAll(() => studio.close());

it("stops a job at once, goes on by a retry, and over a stop of the server; nothing is lost or done twice", async () => {
  const DOCUMENTS = 80; // five batches
  const gate = holdBackground();
  const { app, store, root } = studio;
  const before = await store.counts();
  const documents = corpus(DOCUMENTS);
  const started = await app.inject({ method: "POST", url: retrievalPaths.ingest, payload: { documents } });
  const { id } = started.json<{ job: IngestJob }>().job;
  const look = async (server = app) =>
    (await server.inject({ url: retrievalPaths.job(id) })).json<IngestJob>().documents.done;
  const reaches = async (done: number) => {
    while ((await look()) < done) await new Promise((resolve) => setTimeout(resolve, 25));
  };
  const post = async (url: string) =>
    (await app.inject({ method: "POST", url })).json<{ job: IngestJob; code: string }>();

  gate.pass(1);
  await reaches(1);
  expect((await post(retrievalPaths.jobCancel(id))).job).toMatchObject({ state: "cancelled", retryable: true });
  await expect.poll(() => studio.lines.some((line) => line.event === "job.ended" && line.job === id)).toBe(true);
  const stored = await look();
  expect(stored).toBeLessThan(DOCUMENTS / 2);
  // What was stored stays, and nothing more comes.
  expect((await store.counts()).documents).toBe(before.documents + stored);
  expect((await post(retrievalPaths.jobCancel(id))).job.state).toBe("cancelled");

  expect((await post(retrievalPaths.jobRetry(id))).job.state).toBe("queued");
  gate.pass(2);
  await reaches(stored + 20);
  await studio.stop();
  const again = await testStudio({}, { root });
  try {
    expect(await look(again.app)).toBeLessThan(DOCUMENTS);
    gate.open();
    expect(await jobEnd(again.app, id)).toMatchObject({
      state: "succeeded",
      documents: { total: DOCUMENTS, done: DOCUMENTS, unchanged: 0, failed: 0 },
    });
    const after = await again.store.counts();
    expect([after.documents - before.documents, after.chunks - before.chunks]).toEqual([DOCUMENTS, DOCUMENTS]);
  } finally {
    await again.close();
  }
});
