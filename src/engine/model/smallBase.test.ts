import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SMALL_BASE } from "../../domain/bases.ts";
import { createKernels } from "../../kernels/index.ts";
import { bundledBase, diskModel } from "../../testing/modelFiles.ts";
import { embedTexts, loadBase } from "./base.ts";

/** Unit vectors that sentence-transformers gave in float32; `training/export_base.py` writes the file. */
interface Reference {
  query: Record<string, number[]>;
  document: Record<string, number[]>;
}

test("the small base embeds as in sentence-transformers, with eight heads over four key/value heads", async () => {
  const folder = bundledBase(SMALL_BASE.id);
  const reference = JSON.parse(await readFile(join(folder, "training/reference_embeddings.json"), "utf8")) as Reference;
  const base = await loadBase(await createKernels({ backends: ["wasm"] }), diskModel(folder));
  for (const kind of ["query", "document"] as const) {
    const expected = Object.entries(reference[kind]);
    const texts = expected.map(([text]) => text);
    const { data, dim } = await embedTexts(base, null, texts, { kind, prompts: base.prompts, maxTokens: 256 });
    for (const [i, [text, vector]] of expected.entries()) {
      expect(vector).toHaveLength(dim);
      const cosine = vector.reduce((sum, x, j) => sum + x * (data[i * dim + j] ?? NaN), 0);
      expect(cosine, text).toBeGreaterThan(0.9999);
    }
    expect(expected.length).toBeGreaterThan(1);
  }
  base.dispose();
});
