import { expect, test } from "vitest";
import { embedTexts, loadBase } from "../model/base.ts";
import { LoraAdapter, openDevice } from "../index.ts";
import { PROBE_TEXTS, smallestCosine } from "../../domain/artifact/index.ts";
import { sampleAdapter } from "../../domain/artifact/sample.ts";
import type { ModelFiles } from "../../domain/modelFiles.ts";
import { ggufModel, type GgufType } from "../../domain/gguf/index.ts";

type Llama = typeof import("@wllama/wllama");
/** By address, so that the test server hands the files out as they are. */
const LLAMA = "/node_modules/@wllama/wllama/esm/";

const served = (folder: string): ModelFiles => {
  const contents = new Map<string, Promise<Uint8Array | null>>();
  const bytes = (path: string): Promise<Uint8Array | null> => {
    const known =
      contents.get(path) ??
      fetch(`${folder}/${path}`).then(async (answer) =>
        answer.ok && !answer.headers.get("content-type")?.includes("html")
          ? new Uint8Array(await answer.arrayBuffer())
          : null,
      );
    contents.set(path, known);
    return known;
  };
  return {
    id: "qwen3-embedding-tiny",
    revision: "bundled",
    size: async (path) => (await bytes(path))?.length ?? null,
    sha256: async () => null,
    read: async (path, start, end) => {
      const file = await bytes(path);
      if (!file) throw new Error(`${path} is not served`);
      return file.slice(start, end);
    },
  };
};

const ignore = (): void => undefined;
/** It tells all of a model otherwise. */
const QUIET = { debug: ignore, log: ignore, warn: ignore, error: ignore };

/** The vectors that llama.cpp gives for a GGUF file. */
const embedWithLlama = async (file: Blob, texts: readonly string[]): Promise<number[]> => {
  const { Wllama } = (await import(/* @vite-ignore */ `${LLAMA}index.js`)) as Llama;
  const llama = new Wllama({ default: `${location.origin}${LLAMA}wasm/wllama.wasm` }, { logger: QUIET });
  // Pooling is not named here: it has to come out of the file.
  await llama.loadModel([file], { embeddings: true, n_ctx: 512, n_batch: 512, n_ubatch: 512, n_threads: 1 });
  try {
    const rows: number[] = [];
    for (const input of texts) {
      const { data } = await llama.createEmbedding({ input });
      rows.push(...(data[0]?.embedding as number[]));
    }
    return rows;
  } finally {
    await llama.exit();
  }
};

test("llama.cpp gives our vectors for a tuned model, as F32, F16, BF16 and Q8_0", { timeout: 300_000 }, async () => {
  const files = served("/models/base/qwen3-embedding-tiny");
  const adapter = await sampleAdapter(files, 4, 40);
  const base = await loadBase(await openDevice({ backends: ["wasm"] }), files);
  const tuned = LoraAdapter.from(base.session.kernels, base.config, adapter);
  const prompts = { query: "", document: "" };
  const { data, dim } = await embedTexts(base, tuned, PROBE_TEXTS, { kind: "document", prompts, maxTokens: 512 });
  const untuned = await embedTexts(base, null, PROBE_TEXTS, { kind: "document", prompts, maxTokens: 512 });
  expect(smallestCosine(untuned.data, data, dim)).toBeLessThan(0.99); // the adapter does something
  const bars: Record<GgufType, number> = { F32: 0.99999, F16: 0.9999, BF16: 0.999, Q8_0: 0.999 };
  for (const [type, bar] of Object.entries(bars) as [GgufType, number][]) {
    const parts: BlobPart[] = [];
    for await (const chunk of (await ggufModel({ name: "tuned", base: files, adapter }, type)).chunks)
      parts.push(chunk);
    const cosine = smallestCosine(await embedWithLlama(new Blob(parts), PROBE_TEXTS), data, dim);
    expect(cosine, type).toBeGreaterThan(bar);
  }
});
