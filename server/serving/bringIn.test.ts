import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { apiPaths, type GateReport, type ModelDetail, type ProblemDetails } from "../../src/domain/api/index.ts";
import { readReference, REFERENCE_PATH, smallestCosine, type FolderFile } from "../../src/domain/artifact/index.ts";
import { bytesOf } from "../testing/artifact.ts";
import { getJson, post, serverPool } from "../testing/server.ts";
import { trueArtifact } from "../testing/trueArtifact.ts";
import { announce, promote, register, sendOne } from "../testing/upload.ts";
import { readPlain } from "../lib/plainFile.ts";

const { serve, closeAll } = serverPool();
afterEach(closeAll);

/** What another trainer leaves behind of it. */
const foreign = (files: readonly FolderFile[]): FolderFile[] =>
  files.filter(({ path }) => /^(adapter_|config_sentence_transformers)/.test(path));
const refusalOf = async (
  app: Parameters<typeof announce>[0],
  files: FolderFile[],
): Promise<[number, ProblemDetails]> => {
  const { id } = await announce(app, files);
  for (const { path, bytes } of files) await sendOne(app, id, path, bytes);
  const response = await app.inject({ method: "POST", url: apiPaths.uploadCommit(id) });
  return [response.statusCode, response.json<ProblemDetails>()];
};

describe("an upload of a PEFT adapter without a manifest", () => {
  it("is registered with the vectors that the model has, waits at the gate for a reason, and serves", async () => {
    const server = await serve({}, { onnx: true });
    const files = await trueArtifact(2);
    const registered = await register(server.app, foreign(files));
    expect(registered).toMatchObject({
      origin: "imported",
      dataset: null,
      headline: null,
      name: "Imported adapter of qwen3-embedding-tiny",
    });
    const detail = await getJson<ModelDetail>(server, apiPaths.version(registered.version));
    expect(detail.manifest).toMatchObject({
      schemaVersion: 3,
      imported: { format: "peft", tool: "peft 0.21.0" },
      device: null,
    });
    expect(detail.card).toContain("Trained elsewhere and imported");
    expect(detail.fileList.map(({ path }) => path)).toEqual(
      expect.arrayContaining(["onnx/model.onnx", "tokenizer.json"]),
    );

    const directory = join(server.root, "models/fine_tuned", registered.version);
    const [ours, true_] = [await readPlain(join(directory, REFERENCE_PATH)), bytesOf(files, REFERENCE_PATH)].map(
      (bytes) => readReference(new Uint8Array(bytes)),
    );
    for (const kind of ["query", "document"] as const)
      expect(smallestCosine(ours!.tuned[kind], true_!.tuned[kind], ours!.dim)).toBeGreaterThan(0.999999);

    const gate = await getJson<GateReport>(server, apiPaths.gate(registered.version));
    expect(gate).toMatchObject({ passed: false, overridable: true });
    expect(gate.checks.find(({ code }) => code === "no-regression-baseline")?.message).toContain(
      "nobody has measured it",
    );
    expect((await promote(server.app, registered.version)).statusCode).toBe(409);
    expect(
      (await promote(server.app, registered.version, { override: true, reason: "Measured elsewhere." })).statusCode,
    ).toBe(200);
    expect(server.serving.current()).toMatchObject({ fallback: null, tuned: { version: registered.version } });

    // The same adapter again is the same version.
    const again = await announce(server.app, foreign(files));
    for (const { path, bytes } of foreign(files)) await sendOne(server.app, again.id, path, bytes);
    expect((await post(server, apiPaths.uploadCommit(again.id))).json()).toMatchObject({ created: false });
    expect(await readdir(join(server.root, "models/fine_tuned/.incoming"))).toEqual([]);
  });

  it("is refused by name where it cannot be imported, and nothing is registered", async () => {
    const server = await serve({}, { onnx: true });
    const files = foreign(await trueArtifact(2));
    const changed = (change: Record<string, unknown>): FolderFile[] =>
      files.map(({ path, bytes }) =>
        path === "adapter_config.json"
          ? {
              path,
              bytes: new TextEncoder().encode(
                JSON.stringify({ ...(JSON.parse(new TextDecoder().decode(bytes)) as object), ...change }),
              ),
            }
          : { path, bytes },
      );
    expect(await refusalOf(server.app, changed({ base_model_name_or_path: "Qwen/Qwen3-0.6B" }))).toMatchObject([
      422,
      {
        code: "import-base-missing",
        message: expect.stringContaining("Qwen/Qwen3-0.6B"),
        hint: expect.stringContaining("qwen3-embedding-tiny"),
      },
    ]);
    expect(await refusalOf(server.app, changed({ use_dora: true }))).toMatchObject([
      422,
      { code: "adapter-unsupported" },
    ]);
    const nothing = files.map(({ path, bytes }) => {
      if (!path.endsWith(".safetensors")) return { path, bytes };
      const header = 8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
      return { path, bytes: bytes.slice().fill(0, header) };
    });
    expect(await refusalOf(server.app, nothing)).toMatchObject([422, { code: "artifact-unchanged" }]);
    const merged = ["config.json", "model.safetensors"].map((path) => ({
      path,
      bytes: new TextEncoder().encode("{}"),
    }));
    expect(await refusalOf(server.app, merged)).toMatchObject([
      422,
      { code: "import-merged", hint: expect.stringContaining("npm run import") },
    ]);
    expect(await refusalOf(server.app, [{ path: "a.txt", bytes: new Uint8Array(1) }])).toMatchObject([
      422,
      { code: "artifact-refused", message: expect.stringContaining("manifest.json is missing") },
    ]);
    expect(server.registry.list()).toEqual([]);
  });
});
