import { copyFile, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { ADAPTER_DATA, BASE_GRAPH } from "../../src/domain/onnx/index.ts";
import type { BaseStore } from "../registry/bases.ts";
import { syncDirectory } from "../lib/durableFiles.ts";
import type { Preparation } from "../registry/registry.ts";
import { Embedder } from "./embedder.ts";
import type { OnnxStore } from "./onnxStore.ts";

/**
 * At registration: builds the tuned model's ONNX form, holds the vectors of the graph that others will load against those that the engine stored, and puts
 * the graph and the adapter's data into the version's `onnx/`. The base's data file is not copied: it is one for all.
 * @throws StudioError `onnx-differs` and what loading throws, which refuse the registration
 */
export const prepareOnnx =
  ({ bases, onnx }: { bases: BaseStore; onnx: OnnxStore }, maxTokens: number): Preparation =>
  async (directory, manifest) => {
    const base = await bases.local(manifest.base.id);
    // A registry may keep versions of bases that lie elsewhere; such a version cannot be promoted here.
    if (!base) return;
    const { fingerprint } = manifest;
    const tuned = { version: null, directory, fingerprint, base: manifest.base };
    try {
      const embedder = await Embedder.open({ fingerprint, tuned, base }, onnx, { maxTokens, graph: "published" });
      await embedder.close();
      const from = await onnx.tuned(tuned, base);
      const to = join(directory, "onnx");
      await rm(to, { recursive: true, force: true }); // What came with the upload is not ours.
      await mkdir(to);
      for (const file of [BASE_GRAPH, ADAPTER_DATA]) await copyFile(join(from, file), join(to, file));
      await syncDirectory(to);
      await onnx.baseData(base); // Its digest takes seconds at 2.4 GB: now, not when a client waits for it.
    } catch (thrown) {
      await onnx.forget(fingerprint);
      throw thrown;
    }
  };
