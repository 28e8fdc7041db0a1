import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it, vi } from "vitest";
import { PROBE_TEXTS } from "../../src/domain/artifact/index.ts";
import { tinyBase } from "../../src/testing/modelFiles.ts";
import { GraphThread } from "../lib/graphThread.ts";
import { Embedder } from "./embedder.ts";
import { OnnxStore } from "./onnxStore.ts";

const root = await mkdtemp(join(tmpdir(), "embedder-"));
afterAll(() => rm(root, { recursive: true, force: true }));

it("serves by a graph of its own that gives the published one's vectors, and opens the published one where that is to be proven", async () => {
  const base = { name: "qwen3-embedding-tiny", directory: tinyBase, sha256: "b".repeat(64) };
  const onnx = new OnnxStore(root);
  const opened = vi.spyOn(GraphThread, "open");
  const embed = async (graph?: "published") => {
    const source = { fingerprint: "f", tuned: null, base };
    const embedder = await Embedder.open(source, onnx, { maxTokens: 512, threads: 1, graph });
    const { vectors } = await embedder.embed(PROBE_TEXTS, "query", { lane: "interactive" });
    await embedder.close();
    return vectors.flatMap((vector) => [...vector]);
  };
  const [own, published] = [await embed(), await embed("published")];
  const [[bytes] = [], [path] = []] = opened.mock.calls as unknown[][];
  expect(bytes).toBeInstanceOf(Uint8Array);
  expect(path).toBe(join(await onnx.base(base), "model.onnx"));
  expect(Math.max(...own.map((x, i) => Math.abs(x - (published[i] ?? Number.NaN))))).toBeLessThan(2e-6);
});
