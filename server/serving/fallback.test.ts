import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { apiPaths, type Health, type ProblemDetails } from "../../src/domain/api/index.ts";
import { ingest, search } from "../testing/documents.ts";
import { testStudio } from "../testing/studio.ts";
import { trueArtifact } from "../testing/trueArtifact.ts";
import { DEFAULT_LIMITS } from "./batchQueue.ts";

/** An artifact in a folder of its own, as EMBEDDING_MODEL_FINE_TUNED_PATH names it. */
let folder: string;
let root: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "named-"));
  for (const { path, bytes } of await trueArtifact(4)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
});
afterAll(async () => {
  for (const path of [folder, root]) await rm(path, { recursive: true, force: true });
});

const environment = () => ({ EMBEDDING_MODEL_FINE_TUNED_PATH: folder });

it("loads a model anew whose thread has died; where it no longer loads, the baseline serves", async () => {
  const studio = await testStudio(environment());
  const { app, lines } = studio;
  const embed = () => app.inject({ method: "POST", url: "/v1/embeddings", payload: { input: "one" } });
  /** Ends the thread that embeds when it is asked to. */
  const die = async () => {
    const { postMessage } = Worker.prototype;
    const sent = vi.spyOn(Worker.prototype, "postMessage").mockImplementation(function (this: Worker, ...message) {
      if ((message[0] as { task?: string }).task === "run") void this.terminate();
      else postMessage.apply(this, message);
    });
    const failed = await embed();
    sent.mockRestore();
    return failed;
  };
  const first = await embed();
  expect(first.statusCode).toBe(200);
  const failed = await die();
  expect([failed.statusCode, failed.json<ProblemDetails>().code]).toEqual([503, "model-stopped"]);
  expect(lines).toContainEqual(expect.objectContaining({ event: "embedder.stopped", level: "error" }));
  const again = await embed();
  expect([again.statusCode, again.headers["x-model-fingerprint"]]).toEqual([200, first.headers["x-model-fingerprint"]]);

  const adapter = join(folder, "adapter_model.safetensors");
  const whole = await readFile(adapter);
  await writeFile(adapter, "");
  expect((await die()).statusCode).toBe(503);
  await studio.models.settled();
  const other = await embed();
  expect([other.statusCode, other.headers["x-model-fingerprint"]]).toEqual([
    200,
    studio.serving.current().base?.sha256,
  ]);
  await writeFile(adapter, whole);
  await studio.close();
}, 60_000);

it("serves a named folder; when it is damaged the baseline does, and log, health, metric and span say so", async () => {
  const whole = await testStudio({ ...environment(), EMBEDDING_STRICT: "true" });
  ({ root } = whole);
  await ingest(whole.app, [{ text: "The kettle boils water." }]);
  const { embedder } = (await search(whole.app, { q: "tea", k: "1" })).body;
  expect(embedder).toMatchObject({ version: null, fallback: null });
  const baseline = whole.serving.current().base?.sha256;
  expect(embedder.fingerprint).not.toBe(baseline);
  await whole.stop();

  await appendFile(join(folder, "adapter_model.safetensors"), "x");
  const damaged = await testStudio(environment(), {
    root,
    queue: { ...DEFAULT_LIMITS, waiting: 1, batchSize: 1 },
  });
  const { app, telemetry, lines } = damaged;
  const health = (await app.inject({ url: apiPaths.health })).json<Health>();
  expect(health).toMatchObject({
    status: "degraded",
    serving: { mode: "baseline", fallback: { code: "tuned-damaged" } },
  });
  expect((await app.inject({ url: apiPaths.metrics })).body).toContain(
    'recall_studio_serving_fallback{code="tuned-damaged"} 1',
  );
  expect(lines.find((line) => line.event === "serving.selected")).toMatchObject({
    level: "error",
    fallback_reason: "tuned-damaged",
  });

  // More callers than may wait: some are told when to come again, and none fails otherwise.
  const answers = await Promise.all(
    Array.from({ length: 8 }, () =>
      app.inject({ method: "POST", url: "/v1/embeddings", payload: { input: ["one", "two", "three"] } }),
    ),
  );
  expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([200, 429]));
  for (const { statusCode, headers, body } of answers) {
    if (statusCode === 200) expect(headers["x-model-fingerprint"]).toBe(baseline);
    else {
      expect(Number(headers["retry-after"])).toBeGreaterThanOrEqual(1);
      expect(JSON.parse(body)).toMatchObject({ code: "embedding-busy", error: { type: "rate_limit_error" } });
    }
  }
  await telemetry.flush();
  expect(lines.filter((line) => line.event === "span" && line.span === "embeddings.create")).toContainEqual(
    expect.objectContaining({
      model_role: "baseline",
      model_fingerprint: baseline,
      fallback_reason: "tuned-damaged",
    }),
  );
  await damaged.stop();
  await expect(testStudio({ ...environment(), EMBEDDING_STRICT: "true" }, { root })).rejects.toMatchObject({
    code: "embedding-strict",
  });
});
