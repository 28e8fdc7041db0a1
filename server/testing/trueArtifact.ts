import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  memoryFolder,
  PROBE_TEXTS,
  readAdapter,
  type ArtifactInput,
  type FolderFile,
  type ReferenceEmbeddings,
} from "../../src/domain/artifact/index.ts";
import { readModelConfig } from "../../src/domain/modelConfig.ts";
import { writeBaseOnnx, writeTunedOnnx } from "../../src/domain/onnx/index.ts";
import { diskModel, tinyBase } from "../../src/testing/modelFiles.ts";
import { loadPrompts } from "../../src/domain/text/prompts.ts";
import { loadTokenizer } from "../../src/domain/text/tokenizer.ts";
import { openSession } from "../serving/onnxSession.ts";
import { sampleArtifact, type SampleOptions } from "./artifact.ts";

/**
 * An artifact whose reference embeddings are those of a single text at a time: batching and padding are then held against
 * it. `seed` gives another model. (The engine's own embeddings are compared in server/cli.)
 */
export const trueArtifact = async (
  seed = 1,
  scores: Pick<SampleOptions, "baseline" | "tuned"> = {},
): Promise<FolderFile[]> => {
  const strength = (input: ArtifactInput) => {
    for (const values of input.adapter.tensors.values()) values.forEach((value, i) => (values[i] = value * (1 + seed)));
  };
  const draft = await sampleArtifact({ seed, adjust: strength });
  const reference = await referenceOf(draft);
  return sampleArtifact({
    ...scores,
    seed,
    adjust: (input) => {
      strength(input);
      input.reference = { ...input.reference, tuned: reference };
    },
  });
};

const referenceOf = async (files: FolderFile[]): Promise<ReferenceEmbeddings["tuned"]> => {
  const base = diskModel(tinyBase);
  const config = await readModelConfig(base);
  const adapter = await readAdapter(memoryFolder(files), config);
  const prompts = await loadPrompts({ ...memoryFolder(files), id: "", revision: "", sha256: async () => null });
  const folder = await mkdtemp(join(tmpdir(), "artifact-"));
  try {
    await writeBaseOnnx(base, (path, bytes) => appendFile(join(folder, path), bytes));
    await rm(join(folder, "model.onnx"));
    await writeTunedOnnx(config, adapter, (path, bytes) => appendFile(join(folder, path), bytes));
    const tokenizer = await loadTokenizer(base);
    const session = await openSession(folder, { dimension: config.hidden, padToken: tokenizer.endToken });
    const embed = async (kind: "query" | "document") => {
      const rows: number[] = [];
      for (const text of PROBE_TEXTS)
        rows.push(...(await session.run([tokenizer.encode(prompts[kind], text, 2048)])).flatMap((row) => [...row]));
      return Float32Array.from(rows);
    };
    const reference = { query: await embed("query"), document: await embed("document") };
    await session.close();
    return reference;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
