import { appendFile, cp, mkdir, readdir, readFile, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { apiPaths, type ModelList } from "../../src/domain/api/index.ts";
import { sampleArtifact } from "../testing/artifact.ts";
import { getJson, serverPool, testServer, type TestServer } from "../testing/server.ts";
import { promote, register } from "../testing/upload.ts";

const { serve, closeAll } = serverPool();
afterEach(closeAll);

describe("opening again", () => {
  const reopen = async (server: TestServer) => {
    await server.stop();
    return serve({}, { root: server.root });
  };

  it("finds versions, production and history", async () => {
    const first = await serve();
    const { version } = await register(first.app, await sampleArtifact());
    await promote(first.app, version);
    const second = await reopen(first);
    expect(await getJson<ModelList>(second, apiPaths.versions)).toMatchObject({
      production: version,
      versions: [{ state: "production" }],
    });
    expect(second.serving.current().tuned?.version).toBe(version);
  });

  it("removes a torn last line and refuses any other damage to the log", async () => {
    const first = await serve();
    const { version } = await register(first.app, await sampleArtifact());
    await promote(first.app, version);
    const log = join(first.root, "models/fine_tuned/events.jsonl");
    await appendFile(log, '{"seq":3,"type":"promo');
    const second = await reopen(first);
    expect(second.registry.events()).toHaveLength(2);
    expect(second.lines.some((line) => String(line.msg).includes("cut"))).toBe(true);
    await second.stop();
    await writeFile(log, (await readFile(log, "utf8")).replace('"reason":"test"', '"reason":"best"'));
    await expect(testServer({}, { root: first.root })).rejects.toMatchObject({
      code: "registry-log-damaged",
      message: expect.stringContaining("Line 2"),
    });
  });

  it.each([
    ["deleted", async (log: string) => rm(log)],
    ["emptied", async (log: string) => truncate(log, 0)],
    [
      "cut at the end of a line",
      async (log: string) => writeFile(log, `${(await readFile(log, "utf8")).split("\n")[0]}\n`),
    ],
  ])("says loudly that a log was %s, serves the baseline, and writes nothing over what is left", async (_, damage) => {
    const first = await serve();
    const { version } = await register(first.app, await sampleArtifact());
    await promote(first.app, version);
    const log = join(first.root, "models/fine_tuned/events.jsonl");
    await first.stop();
    await damage(log);
    const left = await readFile(log, "utf8").catch(() => "");
    const second = await serve({}, { root: first.root });
    expect(await getJson(second, apiPaths.health)).toMatchObject({
      status: "degraded",
      checks: { registry: { status: "degraded", message: expect.stringContaining("it held 2") as string } },
    });
    expect(second.lines.some(({ event }) => event === "registry.lost")).toBe(true);
    expect((await promote(second.app, version)).statusCode).toBe(503);
    await second.stop();
    expect(await readFile(log, "utf8")).toBe(left);
  });

  it.each([
    ["a missing file", async (directory: string) => rm(join(directory, "tokenizer.json"))],
    ["a truncated file", async (directory: string) => truncate(join(directory, "adapter_model.safetensors"), 100)],
    [
      "a link in place of a file",
      async (directory: string) => {
        await rm(join(directory, "README.md"));
        await symlink("/etc/hostname", join(directory, "README.md"));
      },
    ],
    ["a file that was added", async (directory: string) => writeFile(join(directory, "model.safetensors"), "x")],
    ["no folder at all", async (directory: string) => rm(directory, { recursive: true })],
  ])("serves the baseline, loudly, when production has %s", async (_what, damage) => {
    const first = await serve();
    const { version } = await register(first.app, await sampleArtifact());
    await promote(first.app, version);
    await damage(join(first.root, "models/fine_tuned", version));
    const second = await reopen(first);
    const health = await getJson<{ status: string; serving: { mode: string; fallback: { code: string } } }>(
      second,
      apiPaths.health,
    );
    expect(health).toMatchObject({ status: "degraded", serving: { mode: "baseline" } });
    expect(health.serving.fallback.code).toMatch(/^version-(damaged|missing)$/);
    expect(
      second.lines.some((line) => line.level === "error" && line.fallback_reason === health.serving.fallback.code),
    ).toBe(true);
    expect(await (await second.app.inject("/metrics")).body).toMatch(/recall_studio_serving_fallback\{code="version-/);
    await second.stop();
    await expect(testServer({ EMBEDDING_STRICT: "true" }, { root: first.root })).rejects.toMatchObject({
      code: "embedding-strict",
    });
    const off = await serve({ EMBEDDING_STRICT: "true", USE_FINE_TUNED_EMBEDDINGS: "false" }, { root: first.root });
    expect(off.serving.current().fallback).toBeNull();
  });

  it("does not follow a link that was planted in a version's folder", async () => {
    const server = await serve();
    const { version } = await register(server.app, await sampleArtifact());
    const card = join(server.root, "models/fine_tuned", version, "README.md");
    const secret = join(server.root, "secret.txt");
    await writeFile(secret, "for nobody's eyes");
    await rm(card);
    await symlink(secret, card);
    const detail = await server.app.inject({ url: apiPaths.version(version) });
    expect(detail.statusCode).toBe(200);
    expect(detail.body).not.toContain("for nobody's eyes");
  });

  it("takes up a version whose registration the log did not hear of, and finishes a deletion", async () => {
    const first = await serve();
    const a = await register(first.app, await sampleArtifact({ seed: 1 }));
    const b = await register(first.app, await sampleArtifact({ seed: 2 }));
    const folder = join(first.root, "models/fine_tuned");
    await first.stop();
    // As after a kill between the rename and the event of b …
    const log = join(folder, "events.jsonl");
    const [line] = (await readFile(log, "utf8")).split("\n");
    await writeFile(log, `${line}\n`);
    await rm(join(folder, "events.head.json"));
    // … with an upload half done.
    await mkdir(join(folder, ".incoming/half"));
    await writeFile(join(folder, ".incoming/half/adapter_model.safetensors.part"), "x");
    const second = await serve({}, { root: first.root });
    expect(second.registry.events()).toMatchObject([
      { version: a.version },
      { version: b.version, correlationId: "recovery" },
    ]);
    expect(await readdir(join(folder, ".incoming"))).toEqual([]);

    // As after a kill between the event of a deletion and the removal of its folder.
    await cp(join(folder, a.version), join(first.root, "kept"), { recursive: true });
    await second.app.inject({ method: "DELETE", url: apiPaths.version(a.version), payload: { reason: "test" } });
    await second.stop();
    await rename(join(first.root, "kept"), join(folder, a.version));
    const third = await serve({}, { root: first.root });
    expect((await getJson<ModelList>(third, apiPaths.versions)).versions.map(({ version }) => version)).toEqual([
      b.version,
    ]);
    expect(await readdir(folder)).not.toContain(a.version);
    // Numbers are never used twice.
    expect((await register(third.app, await sampleArtifact({ seed: 1 }))).version).toMatch(/^v3-/);
  });

  it("lets one process at a time use the folder", async () => {
    const first = await serve();
    await expect(testServer({}, { root: first.root })).rejects.toMatchObject({ code: "directory-in-use" });
    // With a data folder of its own it is the models folder that both want, and that they could share.
    const own = { STUDIO_DATA_DIR: join(first.root, "other") };
    await expect(testServer(own, { root: first.root })).rejects.toMatchObject({
      message: expect.stringContaining("model registry"),
      hint: expect.stringContaining("DATABASE_URL"),
    });
  });
});
