import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Health } from "../../src/domain/api/index.ts";
import { PROBE_TEXTS, REFERENCE_PATH, smallestCosine } from "../../src/domain/artifact/index.ts";
import type { OnnxType } from "../../src/domain/onnx/index.ts";
import { tinyBase } from "../../src/testing/modelFiles.ts";
import { bytesOf } from "../testing/artifact.ts";
import { TINY } from "../testing/folder.ts";
import { getJson, testServer } from "../testing/server.ts";
import { trueArtifact } from "../testing/trueArtifact.ts";
import { Embedder } from "./embedder.ts";
import { OnnxStore } from "./onnxStore.ts";

const base = { name: TINY, directory: tinyBase, sha256: "b".repeat(64) };
let root: string;
let onnx: OnnxStore;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "studio-q8-"));
  onnx = new OnnxStore(join(root, "onnx"));
  for (const { path, bytes } of await trueArtifact(3)) {
    await mkdir(dirname(join(root, "tuned", path)), { recursive: true });
    await writeFile(join(root, "tuned", path), bytes);
  }
}, 60_000);
afterAll(() => rm(root, { recursive: true, force: true }));

const tuned = () => ({
  version: null,
  directory: join(root, "tuned"),
  fingerprint: "a".repeat(64),
  base: { id: TINY, sha256: base.sha256 },
});
const embed = async (which: "tuned" | "base", dtype: OnnxType) => {
  const source = { fingerprint: dtype, tuned: which === "tuned" ? tuned() : null, base };
  const embedder = await Embedder.open(source, onnx, { maxTokens: 512, threads: 1, dtype });
  const { vectors } = await embedder.embed(PROBE_TEXTS, "query", { lane: "interactive" });
  await embedder.close();
  return vectors.flatMap((vector) => [...vector]);
};

it("serves base and tuned model in 8 bits with nearly the same vectors, from a data file that both share", async () => {
  for (const which of ["base", "tuned"] as const) {
    const cosine = smallestCosine(await embed(which, "q8"), await embed(which, "f32"), 128);
    expect(cosine).toBeGreaterThan(0.999);
    expect(cosine).toBeLessThan(0.9999999); // It is not F32 under another name.
  }
  const data = async (folder: string) => stat(join(folder, "model.onnx_data"));
  const [whole, small, shared] = await Promise.all([
    onnx.base(base).then(data),
    onnx.base(base, "q8").then(data),
    onnx.tuned(tuned(), base, "q8").then(data),
  ]);
  expect(small.size).toBeLessThan(0.4 * whole.size);
  expect(shared.ino).toBe(small.ino);
});

it("refuses a tuned model whose vectors 8 bits change too much", async () => {
  const other = bytesOf(await trueArtifact(9), REFERENCE_PATH);
  await writeFile(join(root, "tuned", REFERENCE_PATH), other);
  await expect(embed("tuned", "q8")).rejects.toMatchObject({
    code: "onnx-differs",
    message: expect.stringContaining("0.999 is asked"),
    hint: expect.stringContaining("EMBEDDING_DTYPE=f32"),
  });
});

it("says in /health which weights embed", async () => {
  const server = await testServer({ EMBEDDING_DTYPE: "q8" });
  try {
    expect((await getJson<Health>(server, "/health")).embedding).toEqual({ dtype: "q8" });
  } finally {
    await server.close();
  }
});
