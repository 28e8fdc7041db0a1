import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  apiPaths,
  type GateReport,
  type ModelDetail,
  type ProblemDetails,
  type Upload,
} from "../../src/domain/api/index.ts";
import {
  PROBE_TEXTS,
  readReference,
  REFERENCE_PATH,
  smallestCosine,
  type FolderFile,
} from "../../src/domain/artifact/index.ts";
import { parseDataset } from "../../src/domain/dataset/index.ts";
import { taskOfFile } from "../../src/domain/evaluation/index.ts";
import { importTestFile } from "../../src/domain/import/index.ts";
import { present } from "../../src/domain/present.ts";
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

  const test = Array.from({ length: 6 }, (_, i) => ({
    query: PROBE_TEXTS[i],
    positive: PROBE_TEXTS[(i + 1) % 6],
  }));
  const jsonl = new TextEncoder().encode(test.map((row) => JSON.stringify(row)).join("\n"));
  /** What became of a commit that measures. */
  const measured = async ({ app }: Awaited<ReturnType<typeof serve>>, files: FolderFile[]) => {
    const { id } = await announce(app, files);
    for (const { path, bytes } of files) await sendOne(app, id, path, bytes);
    const begun = await app.inject({ method: "POST", url: apiPaths.uploadCommit(id) });
    expect(begun.statusCode).toBe(202);
    return vi.waitFor(
      async () => {
        const { measuring } = (await app.inject(apiPaths.upload(id))).json<Upload>();
        if (!measuring?.result && !measuring?.problem) throw new Error("still measuring");
        return measuring;
      },
      { timeout: 20_000, interval: 50 },
    );
  };

  it("is measured against its base on a test that comes with it, which is not kept; registered unmeasured before, it is a version of its own", async () => {
    const server = await serve({}, { onnx: true });
    const adapter = foreign(await trueArtifact(2));
    const unmeasured = await register(server.app, adapter);
    const { result } = await measured(server, [...adapter, { path: "import-test/questions.jsonl", bytes: jsonl }]);
    expect(result).toMatchObject({ created: true, version: { fingerprint: unmeasured.fingerprint } });
    const version = present(result, "result").version.version;
    expect(version).toMatch(/^v2-/);
    const detail = await getJson<ModelDetail>(server, apiPaths.version(version));
    expect(detail.manifest).toMatchObject({
      imported: { test: { name: "questions.jsonl", rows: 6 } },
      evaluation: { queries: 6, corpus: 6 },
    });
    expect(detail.card).toContain("measured on | questions.jsonl");
    expect(detail.fileList.map(({ path }) => path)).not.toContainEqual(expect.stringContaining("import-test"));
    const gate = await getJson<GateReport>(server, apiPaths.gate(version));
    expect(gate.checks.find(({ code }) => code === "no-regression-baseline")?.message).not.toContain(
      "nobody has measured",
    );

    // Measured once, it is that version, and a test of the page (a whole task) is the same test.
    const task = importTestFile({
      dataset: { name: "page.jsonl", fingerprint: "0".repeat(64), rows: 6 },
      task: taskOfFile(await parseDataset(new Blob([jsonl]).stream(), { fileName: "q.jsonl", bytes: null })),
    });
    expect((await measured(server, [...adapter, task])).result).toMatchObject({ created: false, version: { version } });
  });

  it("is refused by name where it, or the test with it, cannot be read, and nothing is registered", async () => {
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
    const bad = new TextEncoder().encode('{"query": "a", "positive": "b"}\n{"query": "a"}');
    const cases: [string, Uint8Array<ArrayBuffer>, RegExp][] = [
      ["bad.jsonl", bad, /bad.jsonl: 1 of its lines cannot be read, the first is 2/],
      ["t.task.json", new TextEncoder().encode("{}"), /is no task/],
      [
        "t.task.json",
        new TextEncoder().encode(
          JSON.stringify({
            dataset: { name: "d", fingerprint: "0".repeat(64), rows: 1 },
            splitHash: "s",
            queries: [{ text: "q", relevant: [1], component: 0 }],
            corpus: ["only one"],
          }),
        ),
        /names documents that it does not hold/,
      ],
    ];
    for (const [name, bytes, message] of cases)
      expect(await measured(server, [...files, { path: `import-test/${name}`, bytes }])).toMatchObject({
        result: null,
        problem: { code: "import-test-unreadable", message: expect.stringMatching(message) },
      });
    expect(server.registry.list()).toEqual([]);
  });
});
