import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { apiPaths, type ModelVersion, type VersionExport } from "../../src/domain/api/index.ts";
import { fileOf } from "../../src/domain/export/exportedFile.ts";
import { sha256Hex } from "../../src/domain/hashing.ts";
import { sampleArtifact } from "../testing/artifact.ts";
import { getJson, testServer, type TestServer } from "../testing/server.ts";
import { trueArtifact } from "../testing/trueArtifact.ts";
import { promote, register } from "../testing/upload.ts";
import { makeInChild } from "./making.ts";
import { writeExport } from "./writeExport.ts";

const TOKEN = "a-token-of-24-characters";
const AS_OWNER = { authorization: `Bearer ${TOKEN}` };
let server: TestServer;
let first: ModelVersion;
beforeAll(async () => {
  server = await testServer();
  first = await register(server.app, await trueArtifact(3));
}, 60_000);
afterAll(async () => {
  await server.close();
  await rm(server.root, { recursive: true, force: true }); // Of a server that was opened again.
});

const ask = (version: string, payload: object, headers = {}) =>
  server.app.inject({ method: "POST", url: apiPaths.exports(version), payload, headers });
const settled = (version: string, id: string) =>
  vi.waitFor(
    async () => {
      const found = await getJson<VersionExport>(server, apiPaths.export(version, id));
      expect(found.state).toMatch(/ready|failed/);
      return found;
    },
    { timeout: 60_000, interval: 50 },
  );
const folderOf = (version: string, id = "") => join(server.root, "data/exports", version, id);

describe("forms of a version", () => {
  it("are made once by a job that proves them, served by the hub protocol, stored once where equal, and follow a promotion", async () => {
    const { version, repo } = first;
    const [one, again] = await Promise.all([
      ask(version, { form: "merged" }),
      ask(version, { form: "merged", dtype: "bf16" }),
    ]);
    expect([one.statusCode, again.statusCode]).toEqual([202, 202]);
    expect(again.json<VersionExport>().createdAt).toBe(one.json<VersionExport>().createdAt);
    await ask(version, { form: "gguf", dtype: "q8" });

    const merged = await settled(version, "merged-bf16");
    expect(merged).toMatchObject({
      state: "ready",
      problem: null,
      repo: `${repo}-merged`,
      form: "merged",
      dtype: "bf16",
    });
    expect(merged.cosine).toBeGreaterThan(0.999);
    expect(merged.commit).toMatch(/^[0-9a-f]{40}$/);
    expect((await ask(version, { form: "merged" })).statusCode).toBe(200);

    const names = merged.files.map(({ path }) => path);
    expect(names).toEqual(
      expect.arrayContaining([
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "1_Pooling/config.json",
        "README.md",
      ]),
    );
    expect(names).not.toContain("adapter_config.json"); // PEFT would apply it a second time
    for (const { path, sha256, bytes } of merged.files) {
      const file = await server.app.inject({ url: apiPaths.hubFile(merged.repo, version, path) });
      expect([file.statusCode, file.rawPayload.length, sha256Hex(file.rawPayload)], path).toEqual([200, bytes, sha256]);
      expect(file.headers["x-repo-commit"]).toBe(merged.commit);
    }
    const info = await getJson<{ sha: string; siblings: { rfilename: string }[] }>(
      server,
      `/api/models/${merged.repo}/revision/${version}`,
    );
    expect(info.siblings.map(({ rfilename }) => rfilename)).toEqual(names);
    // The adapter's own repository stays what it was: an adapter.
    const own = await getJson<{ siblings: { rfilename: string }[] }>(server, `/api/models/${repo}/revision/${version}`);
    expect(own.siblings.map(({ rfilename }) => rfilename)).not.toContain("model.safetensors");
    const { ino } = await stat(join(server.registry.get(version).directory, "tokenizer.json"));
    expect((await stat(join(folderOf(version, "merged-bf16"), "tokenizer.json"))).ino).toBe(ino);

    const gguf = await settled(version, "gguf-q8");
    expect(gguf).toMatchObject({ state: "ready", repo: `${repo}-gguf-q8` });
    expect(gguf.cosine).toBeGreaterThan(0.999);

    const removed = await server.app.inject({ method: "DELETE", url: apiPaths.export(version, "gguf-q8") });
    expect([removed.statusCode, existsSync(folderOf(version, "gguf-q8"))]).toEqual([204, false]);
    expect((await server.app.inject({ url: apiPaths.hubFile(gguf.repo, version, "Modelfile") })).statusCode).toBe(404);

    // What is in production is found under one name, and the next version has the same forms.
    expect((await server.app.inject({ url: "/api/models/recall-studio/production-merged" })).statusCode).toBe(404);
    await promote(server.app, version);
    const main = () => getJson<{ sha: string }>(server, "/api/models/recall-studio/production-merged");
    expect((await main()).sha).toBe(merged.commit);
    const second = await register(server.app, await trueArtifact(4));
    expect((await promote(server.app, second.version, { override: true })).statusCode).toBe(200);
    const followed = await settled(second.version, "merged-bf16");
    expect(followed.state).toBe("ready");
    expect((await main()).sha).toBe(followed.commit);
    const commits = await getJson<{ title: string }[]>(server, `/api/models/${merged.repo}/commits/main`);
    expect(commits.map(({ title }) => title)).toEqual([second.version, version]);
  }, 120_000);

  it("are refused where their vectors are others than the version's, and nothing stays", async () => {
    const forged = await register(server.app, await sampleArtifact({ seed: 7 }));
    await ask(forged.version, { form: "merged" });
    const { state, problem } = await settled(forged.version, "merged-bf16");
    expect([state, problem?.code]).toEqual(["failed", "export-differs"]);
    expect(await readdir(folderOf(forged.version))).toEqual([]);
    const deleted = { by: "tester", reason: "test" };
    await server.app.inject({ method: "DELETE", url: apiPaths.version(forged.version), payload: deleted });
    await vi.waitFor(() => expect(existsSync(folderOf(forged.version))).toBe(false));
  }, 60_000);

  it("are asked for by known names", async () => {
    expect((await ask(first.version, { form: "merged", dtype: "q8" })).json()).toMatchObject({
      status: 400,
      code: "export-type-unsupported",
    });
    expect((await ask("v99-00000000", { form: "merged" })).statusCode).toBe(404);
    expect((await ask(first.version, { form: "pickle" })).statusCode).toBe(400);
    expect((await server.app.inject({ url: apiPaths.export(first.version, "onnx-f32") })).statusCode).toBe(404);
  });
});

it("a stopped form leaves nothing, what a killed server left is removed, and writing wants the token", async () => {
  const { directory } = server.registry.get(first.version);
  const base = { directory: join(server.root, "models/base/qwen3-embedding-tiny"), name: "qwen3-embedding-tiny" };
  const out = join(server.root, "stopped");
  const stop = new AbortController();
  const task = { form: "merged", type: "f32", artifact: directory, base, out, equal: {} } as const;
  const made = makeInChild(task, { signal: stop.signal, onProgress: () => stop.abort() });
  await expect(made).rejects.toThrow("aborted");
  expect((await readdir(server.root)).filter((name) => name.startsWith("stopped"))).toEqual([]);

  await server.stop();
  await mkdir(folderOf(first.version, "gguf-f16.part"), { recursive: true });
  await mkdir(folderOf("v77-00000000", "merged-bf16"), { recursive: true });
  await writeFile(join(folderOf(first.version, "merged-bf16"), "model.safetensors"), "cut");
  server = await testServer({ STUDIO_TOKEN: TOKEN }, { root: server.root });
  expect(await readdir(join(server.root, "data/exports"))).not.toContain("v77-00000000");
  expect(await readdir(folderOf(first.version))).toEqual([]);
  expect((await ask(first.version, { form: "merged" })).statusCode).toBe(401);
  expect((await ask(first.version, { form: "merged" }, AS_OWNER)).statusCode).toBe(202);
}, 60_000);

it("a disk that is full, before or in the middle, leaves nothing under a final name", async () => {
  const root = await mkdtemp(join(tmpdir(), "studio-full-"));
  const options = { onProgress: () => {}, finish: async () => new Map() };
  const full = { code: "disk-full", message: expect.stringContaining("nothing of the export was kept") };
  async function* cut() {
    yield new Uint8Array(3);
    throw Object.assign(new Error("write"), { code: "ENOSPC" });
  }
  await expect(
    writeExport(join(root, "out"), [{ path: "a", size: 1e18, chunks: cut() }], options),
  ).rejects.toMatchObject(full);
  await expect(writeExport(join(root, "out"), [{ path: "a", size: 9, chunks: cut() }], options)).rejects.toMatchObject(
    full,
  );
  expect(await readdir(root)).toEqual([]);
  await writeExport(join(root, "out"), [fileOf("a/b.txt", new Uint8Array(2))], options);
  expect(JSON.parse(await readFile(join(root, "out/files.json"), "utf8"))).toMatchObject([
    { path: "a/b.txt", bytes: 2 },
  ]);
  await rm(root, { recursive: true });
});
