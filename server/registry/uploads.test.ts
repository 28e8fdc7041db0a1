import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { apiPaths, type ModelDetail, type ModelList, type ProblemDetails } from "../../src/domain/api/index.ts";
import { asVersionOne } from "../../src/domain/artifact/sample.ts";
import { bytesOf, sampleArtifact } from "../testing/artifact.ts";
import { getJson, post, serverPool } from "../testing/server.ts";
import { announce, digestOf, promote, register, sendOne } from "../testing/upload.ts";

const { serve, closeAll } = serverPool();
afterEach(closeAll);

describe("upload", () => {
  it("registers an artifact, and the same artifact only once", async () => {
    const server = await serve();
    const files = await sampleArtifact();
    const version = await register(server.app, files);
    expect(version.version).toMatch(/^v1-[0-9a-f]{8}$/);
    expect(version).toMatchObject({
      state: "candidate",
      base: { id: "qwen3-embedding-tiny" },
      repo: "recall-studio/qwen3-embedding-tiny-tuned",
    });
    expect(version.headline).toMatchObject({ metric: "recall@10", queries: 60, verdict: "improved" });

    const again = await announce(server.app, files);
    for (const { path, bytes } of files) await sendOne(server.app, again.id, path, bytes);
    const response = await post(server, apiPaths.uploadCommit(again.id));
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({ created: false, version: { version: version.version } });
    const list = await getJson<ModelList>(server, apiPaths.versions);
    expect(list.versions).toHaveLength(1);

    const detail = await getJson<ModelDetail>(server, apiPaths.version(version.version));
    expect(detail.manifest).toMatchObject({ schemaVersion: 2, fingerprint: version.fingerprint });
    expect(detail.card).toContain("#");
    expect(detail.events.map((event) => event.type)).toEqual(["registered"]);
    expect(await readdir(join(server.root, "models/fine_tuned/.incoming"))).toEqual([]);
    expect(server.lines.find((line) => line.event === "model.registered")).toMatchObject({
      model_fingerprint: version.fingerprint,
      dataset_hash: version.dataset?.fingerprint,
    });
  });

  it("takes artifacts that an older studio wrote, with the base's config under its usual name", async () => {
    const server = await serve();
    const older = asVersionOne(await sampleArtifact());
    const version = await register(server.app, older);
    const detail = await getJson<ModelDetail>(server, apiPaths.version(version.version));
    expect(detail.manifest).toMatchObject({ schemaVersion: 1, fingerprint: version.fingerprint });
    expect((await promote(server.app, version.version)).statusCode).toBe(200);
  });

  it("says when the model is there already, before anything is sent", async () => {
    const server = await serve();
    const { fingerprint, version } = await register(server.app, await sampleArtifact());
    const response = await post(server, apiPaths.uploads, {
      fingerprint,
      files: [{ path: "manifest.json", bytes: 1 }],
    });
    expect(response.json()).toMatchObject({ existing: { version } });
  });

  it("refuses a file that was altered on the way, naming it, and takes it when sent again", async () => {
    const server = await serve();
    const files = await sampleArtifact();
    const { id } = await announce(server.app, files);
    for (const { path, bytes } of files) {
      const altered = path === "adapter_model.safetensors" ? Uint8Array.from(bytes).fill(7, -4) : bytes;
      const response = await sendOne(server.app, id, path, altered, digestOf(bytes));
      expect(response.statusCode).toBe(altered === bytes ? 200 : 422);
      if (altered !== bytes)
        expect(response.json<ProblemDetails>()).toMatchObject({
          code: "digest-mismatch",
          message: expect.stringContaining(path),
        });
    }
    const early = await post(server, apiPaths.uploadCommit(id));
    expect(early.statusCode).toBe(409);
    expect(early.json<ProblemDetails>().message).toContain("adapter_model.safetensors");
    const adapter = { path: "adapter_model.safetensors", bytes: bytesOf(files, "adapter_model.safetensors") };
    expect((await sendOne(server.app, id, adapter.path, adapter.bytes)).statusCode).toBe(200);
    expect((await post(server, apiPaths.uploadCommit(id))).statusCode).toBe(201);
  });

  it.each(["adapter_model.safetensors", "tokenizer.json", "manifest.json", "README.md"])(
    "refuses an artifact whose %s was altered before it was sent, naming the file",
    async (victim) => {
      const server = await serve();
      const files = (await sampleArtifact()).map((file) => {
        if (file.path !== victim) return file;
        const bytes = Uint8Array.from(file.bytes);
        // The last byte before the end: still JSON for the manifest's whitespace would be too kind, so a digit is changed there.
        const at = victim === "manifest.json" ? Buffer.from(bytes).indexOf('"seconds": 1.5') + 11 : bytes.length - 2;
        bytes[at] = victim === "manifest.json" ? 0x32 : (bytes[at] ?? 0) ^ 1;
        return { path: file.path, bytes };
      });
      const { id } = await announce(server.app, files);
      for (const { path, bytes } of files) expect((await sendOne(server.app, id, path, bytes)).statusCode).toBe(200);
      const response = await post(server, apiPaths.uploadCommit(id));
      const problem = response.json<ProblemDetails>();
      expect(response.statusCode).toBe(422);
      expect(problem).toMatchObject({ code: "artifact-refused", message: expect.stringContaining(victim) });
      expect((await getJson<ModelList>(server, apiPaths.versions)).versions).toEqual([]);
    },
  );

  it("refuses a truncated file", async () => {
    const server = await serve();
    const { id } = await announce(server.app, [{ path: "a.bin", bytes: new Uint8Array(1000) }]);
    const response = await sendOne(server.app, id, "a.bin", new Uint8Array(900));
    expect(response.json<ProblemDetails>()).toMatchObject({
      code: "upload-truncated",
      message: "a.bin ended after 900 of 1000 bytes.",
    });
  });

  it("refuses more bytes than announced, and more than the limits", async () => {
    const server = await serve(
      {},
      { adjust: ({ limits }) => Object.assign(limits, { uploadFileBytes: 5000, uploadTotalBytes: 8000 }) },
    );
    const { id } = await announce(server.app, [{ path: "a.bin", bytes: new Uint8Array(1000) }]);
    expect((await sendOne(server.app, id, "a.bin", new Uint8Array(1001))).statusCode).toBe(413);
    expect(await readdir(join(server.root, "models/fine_tuned/.incoming", id))).toEqual([]);
    const tooBig = await post(server, apiPaths.uploads, { files: [{ path: "a", bytes: 5001 }] });
    expect(tooBig.statusCode).toBe(413);
    const tooMuch = await post(server, apiPaths.uploads, {
      files: [
        { path: "a", bytes: 4500 },
        { path: "b", bytes: 4500 },
      ],
    });
    expect(tooMuch.statusCode).toBe(413);
  });

  it.each([
    [["../evil"]],
    [["/etc/passwd"]],
    [["a\\b"]],
    [["registry.json"]],
    [["a", "A"]],
    [["a", "a/b"]],
    [["a/b", "a"]],
    [["x.part"]],
    [[".hidden"]],
    [["con.txt"]],
    [["a\u0000b"]],
  ])("refuses the names %j", async (paths) => {
    const server = await serve();
    const response = await post(server, apiPaths.uploads, { files: paths.map((path) => ({ path, bytes: 1 })) });
    expect(response.statusCode).toBe(400);
    expect(["request-invalid", "file-name-refused"]).toContain(response.json<ProblemDetails>().code);
  });

  it.each(["..%2f..%2fevil", "%2e%2e/evil", "a%00b", "unannounced.bin", "a%5cb"])(
    "refuses to write to %s",
    async (path) => {
      const server = await serve();
      const { id } = await announce(server.app, [{ path: "a.bin", bytes: new Uint8Array(4) }]);
      const response = await server.app.inject({
        method: "PUT",
        url: `${apiPaths.upload(id)}/files/${path}`,
        headers: { "content-type": "application/octet-stream", "content-digest": digestOf(new Uint8Array(4)) },
        payload: Buffer.alloc(4),
      });
      expect(response.statusCode).toBeGreaterThanOrEqual(400);
      expect(response.statusCode).toBeLessThan(500);
      expect(await readdir(join(server.root, "models/fine_tuned/.incoming", id))).toEqual([]);
    },
  );

  it.each([undefined, "md5=:AAAA:", "sha-256=:AAAA:", "sha-256=AAAA", "nonsense"])(
    "refuses the digest %s",
    async (digest) => {
      const server = await serve();
      const { id } = await announce(server.app, [{ path: "a.bin", bytes: new Uint8Array(4) }]);
      const response = await server.app.inject({
        method: "PUT",
        url: apiPaths.uploadFile(id, "a.bin"),
        headers: { "content-type": "application/octet-stream", ...(digest ? { "content-digest": digest } : {}) },
        payload: Buffer.alloc(4),
      });
      expect(response.statusCode).toBe(400);
      expect(response.json<ProblemDetails>().code).toMatch(/^digest-/);
    },
  );

  it("removes uploads that were never committed", async () => {
    const server = await serve({}, { adjust: ({ limits }) => Object.assign(limits, { uploadLifetimeMs: 1 }) });
    const { id } = await announce(server.app, [{ path: "a.bin", bytes: new Uint8Array(4) }]);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect((await sendOne(server.app, id, "a.bin", new Uint8Array(4))).statusCode).toBe(404);
    expect(await server.registry.uploads.sweep()).toBe(1);
    expect(await readdir(join(server.root, "models/fine_tuned/.incoming"))).toEqual([]);
  });
});
