import { readFileSync } from "node:fs";
import { afterAll, expect, it } from "vitest";
import { sampleAdapter, sampleInput } from "../../src/domain/artifact/sample.ts";
import { diskModel, tinyBase } from "../../src/testing/modelFiles.ts";
import { exportArtifact, loadBase, LoraAdapter, openDevice } from "../../src/engine/index.ts";
import { bytesOf } from "../testing/artifact.ts";
import { noteMade } from "../serving/madeFiles.ts";
import { testStudio, type TestStudio } from "../testing/studio.ts";
import { announce, promote, register, sendOne } from "../testing/upload.ts";
import { retrievalPaths } from "../../src/domain/api/index.ts";
import { BASE_DATA } from "../../src/domain/onnx/index.ts";
import {
  buildManifest,
  MANIFEST_PATH,
  readReference,
  REFERENCE_PATH,
  writeReference,
} from "../../src/domain/artifact/index.ts";
import { sha256Hex } from "../../src/domain/hashing.ts";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

let studio: TestStudio | undefined;
afterAll(() => studio?.close());

it("serves what the engine exported, refuses what differs, and falls back loudly when the model breaks", async () => {
  const session = await openDevice({ backends: ["wasm"] });
  const files = { ...diskModel(tinyBase), id: "qwen3-embedding-tiny", revision: "bundled" };
  const base = await loadBase(session, files);
  const adapter = LoraAdapter.from(session.kernels, base.config, await sampleAdapter(files));
  const {
    base: _b,
    baseSha256: _s,
    adapter: _a,
    reference: _r,
    engine: _e,
    device: _d,
    ...record
  } = await sampleInput(files);
  const artifact = await exportArtifact(base, adapter, { ...record, commit: null });
  base.dispose();

  studio = await testStudio();
  const { app, registry, models } = studio;

  // The same artifact with another reference: honest files, but not of this model.
  const reference = readReference(bytesOf(artifact, REFERENCE_PATH));
  const wrong = writeReference({ ...reference, tuned: reference.baseline });
  const manifest = JSON.parse(new TextDecoder().decode(bytesOf(artifact, MANIFEST_PATH)));
  const altered = artifact.map((file) => (file.path === REFERENCE_PATH ? { ...file, bytes: wrong } : file));
  const forged = buildManifest({
    ...manifest,
    files: altered
      .filter(({ path }) => path !== MANIFEST_PATH)
      .map(({ path, bytes }) => ({ path, bytes: bytes.length, sha256: sha256Hex(bytes) })),
  });
  const lying = altered.map((file) =>
    file.path === MANIFEST_PATH ? { ...file, bytes: new TextEncoder().encode(JSON.stringify(forged)) } : file,
  );
  const { id } = await announce(app, lying);
  for (const { path, bytes } of lying) await sendOne(app, id, path, bytes);
  const refused = await app.inject({ method: "POST", url: `/api/registry/uploads/${id}/commit` });
  expect(refused.json()).toMatchObject({ code: "onnx-differs" });

  const { version, fingerprint } = await register(app, artifact);
  const stored = registry.get(version);
  expect(readdirSync(join(stored.directory, "onnx")).sort()).toEqual(["model.onnx", "model.onnx_data_1"]);
  expect((await promote(app, version, { override: true, reason: "Test of serving." })).statusCode).toBe(200);
  await models.settled();
  expect(models.current()).toMatchObject({
    identity: { fingerprint, version, role: "tuned" },
    fallback: null,
  });

  // After a restart the ONNX form is one that was made wrong: it loads, is as its list says, and holds other numbers.
  const { root } = studio;
  await studio.stop();
  const store = join(root, "data/onnx");
  for (const family of readdirSync(store))
    for (const folder of readdirSync(join(store, family)).filter((name) => name !== "base")) {
      const data = join(store, family, folder, BASE_DATA);
      const bytes = readFileSync(data);
      rmSync(data); // A hard link: the base's own file stays as it is.
      for (let at = 0; at < bytes.length - 4; at += 4000) bytes.writeFloatLE(0.5, at);
      writeFileSync(data, bytes);
      rmSync(join(store, family, folder, "made.json"));
      await noteMade(join(store, family, folder));
    }
  const again = await testStudio({}, { root });
  try {
    await again.models.settled();
    expect(again.models.current()).toMatchObject({
      identity: { role: "baseline" },
      fallback: { code: "onnx-differs" },
    });
    const health = (await again.app.inject({ url: "/health" })).json();
    expect(health).toMatchObject({ status: "degraded", checks: { embedder: { status: "degraded" } } });
    expect((await again.app.inject({ url: "/metrics" })).body).toContain(
      'recall_studio_embedder_fallback{code="onnx-differs"} 1',
    );
    expect(again.lines.some(({ event, level }) => event === "embedder.unloadable" && level === "error")).toBe(true);
    const answer = await again.app.inject({ url: retrievalPaths.search, query: { q: "anything" } });
    expect(answer.json()).toMatchObject({ embedder: { version: null, fallback: { code: "onnx-differs" } } });
    await again.app.inject({ method: "POST", url: "/v1/embeddings", payload: { input: "anything" } });
    await again.telemetry.flush();
    const spans = again.lines.filter(({ event }) => event === "span");
    for (const name of ["retrieval.search", "embeddings.create"])
      expect(spans.find(({ span }) => span === name)).toMatchObject({
        model_role: "baseline",
        fallback_reason: "onnx-differs",
      });
  } finally {
    await again.stop();
  }
  await expect(testStudio({ EMBEDDING_STRICT: "true" }, { root })).rejects.toMatchObject({ code: "embedding-strict" });
}, 180_000);
